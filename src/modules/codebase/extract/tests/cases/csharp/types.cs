// Orders and what is done with them.
using System;
using System.Collections.Generic;
using static System.Math;
using Json = Newtonsoft.Json;

namespace Shop.Orders
{
    /// <summary>An order.</summary>
    [Serializable]
    public abstract class Order<T> : Base, IDisposable, IEquatable<Order<T>> where T : Item
    {
        private readonly List<T> items = new List<T>(), other;
        public const int Limit = 10;
        public event EventHandler Changed;
        protected string Name { get; set; }
        public int Count => items.Count;

        public Order(string name) : base(name) { Name = name; }
        ~Order() { }

        /// <summary>Adds one.</summary>
        public virtual void Add(T item, int count = 1)
        {
            if (item == null || count < 0) throw new ArgumentNullException(nameof(item));
            for (var i = 0; i < count; i++) items.Add(item);
            this.Changed?.Invoke(this, EventArgs.Empty);
            int Local(int x) => x + 1;
        }

        public abstract decimal Total();
        public static bool operator ==(Order<T> a, Order<T> b) => Equals(a, b);
        public T this[int index] { get { return items[index]; } }
        internal void Hidden() { }
        void Secret() { }

        enum State { Open, Closed = 2 }
    }

    interface IStore { Order<Item> Find(int id); }
    public record Point(int X, int Y);
    struct Pair { public int A; }
    delegate void Handler(object sender);
}

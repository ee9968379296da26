using Xunit;
namespace Shop.Tests;

public class OrderTests
{
    [Fact]
    public void Adds() { Assert.Equal(1, new Order().Count); }
    [Obsolete("no more")]
    public void Old() { }
}

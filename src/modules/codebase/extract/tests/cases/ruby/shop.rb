# Orders.
require "json"
require_relative "shop/item"

module Shop
  LIMIT = 10

  # An order.
  class Order < Base::Record
    include Comparable
    attr_reader :name, :items

    def initialize(name, *items, key: 1, &block)
      @name = name
      @items = items
    end

    # How much it costs.
    def total
      items.sum { |item| item.price } if items.any? && !items.nil?
    end

    def name=(value)
      @name = value
    end

    def <=>(other) = total <=> other.total

    def self.find(id)
      new(Store.load(id))
    rescue NotFound => e
      nil
    end

    class << self
      def build(&block) = Order.new(&block)
    end

    private

    def secret; end

    public

    def open?; true; end
    alias_method :opened?, :open?
    alias shown? open?
  end

  class Order::Line
    def price = 1
  end
end

def helper(a, b = 2)
  local = a + b
  local.zero? ? a : b
end

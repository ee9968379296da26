// Orders.
import Foundation
import class UIKit.UIView

/// An order.
public final class Order: Base, Codable {
    private let items: [Item] = []
    var name: String { return "x" }
    static var count = 0

    init(name: String, count: Int = 1) {
        self.name = name
    }
    deinit { print("gone") }

    /// Adds one.
    public func add(_ item: Item, times: Int = 1) throws -> Bool {
        guard times > 0 else { return false }
        if item.isEmpty && times > 1 || name == "x" { throw OrderError.empty }
        for _ in 0..<times { items.append(item) }
        let local = items.map { $0.price }.reduce(0, +)
        switch local { case 0: log("none") default: self.log("some") }
        return local > 0 ? true : false
    }

    private func log(_ text: String) {}
    subscript(index: Int) -> Item { items[index] }
    enum State { case open, closed(Int) }
}

struct Pair<T> { let a: T; var b: T }
protocol Store: AnyObject { func find(id: Int) -> Order?; var size: Int { get } }
extension Order: Store { func find(id: Int) -> Order? { Order(name: "a") } }
enum OrderError: Error { case empty }
typealias Orders = [Order]
func helper(a: Int) -> Int { a + 1 }
let top = 1
infix operator **
func ** (a: Int, b: Int) -> Int { a * b }
actor Bank { func pay() async {} }

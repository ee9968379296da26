class Control {
    func branches(a: Bool, b: Bool) -> Int { if a && b { return 1 } else if a || b { return 2 } else { return 3 } }
    func loops(n: Int) {
        for i in 0..<n {
            if i > 1 {
                while n > 0 { n -= 1 }
            }
        }
    }
    func cases(n: Int) -> Int {
        switch n {
        case 1: return 1
        case 2: return 2
        default: return 3
        }
    }
    func handled(n: Int) -> Int {
        guard n > 0 else { return 0 }
        do { try run { n > 1 ? 1 : 2 } } catch { if n > 2 { throw error } }
        return n ?? 3
    }
    func recursive(n: Int) -> Int { return n == 0 ? 1 : recursive(n - 1) }
}

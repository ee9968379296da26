@first
@second(1)
class A {
    @third
    m() {}
}

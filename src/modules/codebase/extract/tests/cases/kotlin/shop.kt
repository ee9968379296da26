package shop.orders

import java.util.UUID
import kotlin.math.*
import shop.Item as Thing

/** An order. */
@Serializable
data class Order(val id: UUID, private var name: String = "x", count: Int) : Base(id), Comparable<Order> {
    private val items = mutableListOf<Thing>()
    val total: Int
        get() = items.sumOf { it.price }

    init { require(count > 0) { "count" } }

    constructor(id: UUID) : this(id, "y", 1) { add(Thing()) }

    /** Adds one. */
    fun add(item: Thing, times: Int = 1): Order {
        if (times < 1 || item == null) throw IllegalArgumentException()
        for (i in 0 until times) items.add(item)
        val local = item?.name ?: "none"
        when (local) {
            "a" -> log(local)
            else -> this.log(name)
        }
        return this
    }

    override fun compareTo(other: Order) = id.compareTo(other.id)
    private fun log(text: String) {}

    companion object {
        const val LIMIT = 10
        fun create() = Order(UUID.randomUUID())
    }
}

interface Store { fun find(id: UUID): Order? }
object Registry : Store { override fun find(id: UUID): Order? = null }
enum class Suit(val short: Char) { HEARTS('H'), SPADES('S'); fun red() = this == HEARTS }
sealed class Result<out T>
annotation class Serializable
typealias Orders = List<Order>

fun String.shout(): String = uppercase() + "!"
suspend fun load(id: UUID) = coroutineScope { Registry.find(id) }
val String.first: Char get() = this[0]
const val TOP = 1

<?php
// Orders.
namespace App\Orders;

use App\Models\Item;
use App\Models\{User, Shop as Store};
use function App\help;
require_once __DIR__ . '/boot.php';
include 'other.php';

const LIMIT = 10;
define('OTHER', 2);

/** An order. */
#[Entity]
abstract class Order extends Base implements \JsonSerializable, Countable
{
    use Timestamps;

    public const OPEN = 1;
    private ?Item $item = null;
    public static int $count = 0;

    public function __construct(private string $name, int ...$rest) {}

    /** Adds one. */
    public function add(Item $item, int $n = 1): static
    {
        if ($item === null || $n < 0) { throw new \InvalidArgumentException('no'); }
        foreach ($this->items as $one) { $one->touch($n); }
        self::log($item?->name);
        $f = fn($x) => $x + LIMIT;
        $this->item = $item;
        return $this;
    }

    abstract protected function total(): float;
    private static function log(string $text): void { \error_log($text); }
}

interface Store { public function find(int $id): ?Order; }
trait Timestamps { protected function touch() { return time(); } }
enum Suit: string { case Hearts = 'H'; case Spades = 'S'; }

function helper($a) {
    $local = new class extends Order { public function total(): float { return 1.0; } };
    return $local instanceof Order ? $local->add($a) : helper($a);
}

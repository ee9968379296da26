<?php
class Control
{
    function branches($a, $b) { if ($a && $b) { return 1; } else if ($a || $b) { return 2; } elseif ($a) { return 4; } else { return 3; } }
    function loops($n)
    {
        foreach ([1, 2] as $i) {
            if ($i > 1) {
                while ($n > 0) { $n--; }
            }
        }
    }
    function cases($n) { switch ($n) { case 1: return 1; case 2: return 2; default: return 3; } }
    function matched($n) { return match ($n) { 1 => 1, 2, 3 => 2, default => 3 }; }
    function handled($n)
    {
        try { $n = run(fn() => $n > 1 ? 1 : 2); } catch (Exception $e) { if ($n > 2) { throw $e; } }
        return $n?->value ?? 3;
    }
    function recursive($n) { return $n == 0 ? 1 : $this->recursive($n - 1); }
    abstract function declared();
}

// Package control has all of Go's control flow.
package control

import (
	"fmt"
	m "math"
)

// Tree is documented.
type Tree struct {
	Left, Right *Tree
	value       int
}

type Walker interface{ Walk(t *Tree) }

func (t *Tree) Sum() int {
	if t == nil {
		return 0
	}
	return t.value + t.Left.Sum() + t.Sum()
}

func (t *Tree) Depth(other int) int { return other }

func control(n int, c chan int) (total int) {
outer:
	for i := 0; i < n; i++ {
		switch x := i; {
		case x > 1 && n > 2, x < 0:
			continue outer
		case x == 7:
			fallthrough
		default:
			goto end
		}
	}
	for {
		select {
		case v := <-c:
			total += v
		case c <- 1:
		}
	}
	if v, ok := any(n).(int); ok {
		func() { defer fmt.Println(m.Pi, `raw`, 'r') }()
	} else if v > 0 {
		total++
	} else {
		total--
	}
end:
	return control(n-1, c)
}

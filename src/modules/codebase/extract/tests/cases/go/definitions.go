// Package shop sells.
package shop

import (
	"fmt"
	. "strings"
	_ "embed"
	alias "example.com/pkg/v2"
)
import "os"

const Pi = 3.14
const (
	Red, Green = iota, 1 // colours
	blue
)

var Global, local = 1, "x"
var (
	// Handler handles.
	Handler = func(a int) int { return helper(a) }
	typed   map[string]*Item
)

// Item is sold.
//
// Deprecated: buy another.
type Item struct {
	Base
	*pkg.Embedded
	Generic[int]
	Name, other string `json:"name"`
	Inner       struct {
		Deep int
	}
	fn func(x int) error
}

type (
	ID    = string
	Count int
	Set[T comparable] map[T]struct{}
)

type Reader interface {
	fmt.Stringer
	Base
	Read(p []byte) (n int, err error)
	~int | ~string
}

func New(name string, a, b int, opts ...Option) (*Item, error) {
	const inFunction = 1
	item := &Item{Name: name, Base: pkg.Base{}}
	item.Name, item.other = "a", "b"
	item.fn(1)
	defer func() { recover() }()
	type localType struct{ X int }
	for _, o := range opts {
		go o.Apply(item)
	}
	return item, fmt.Errorf("%w", os.ErrExist)
}

func (i *Item) Method() {}
func (s Set[T]) Has(key T) bool { _, ok := s[key]; return ok }
func Map[K comparable, V any](m map[K]V, f func(K) V) []V { return Map[K, V](m, f) }
func assembly(x int) int
func TestItem(t *testing.T) {}
func (Item) unnamed() { x := []Item{{}}; _ = x[0].Inner.Deep; y.(Reader).Read(nil) }

package shop

import "example.com/log"

type Item struct {
	log.Logger
	price func() int
}

type Priced interface{ Price(int) int }

func (i *Item) Price(n int) int { return i.price() }

func (o *Other) Price(n int) int { return n }

func pick(first bool, all ...Priced) (p Priced, ok bool) {
	item := &Item{price: one}
	for _, each := range all {
		p = each
	}
	if first {
		return item, true
	}
	p, ok = pick(true, all...)
	later := func() { p = item }
	defer later()
	return
}

func one() int { return 1 }

package p

func f(x int) int {
	x = x
	for {
		break
		x++
	}
	return x
	x++
}

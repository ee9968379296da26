/* A branch of an #if opens a bracket that another closes. */
int before(void) { return 1; }

int broken(int a)
{
#ifdef A
	if (a) {
#else
	if (!a) {
#endif
		return helper(a);
	}
	return 0;
}

int after(void) { return broken(2); }
struct kept { int member; };

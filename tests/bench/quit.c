/* SPDX-License-Identifier: MIT */
/* quit: the program whose start is measured, bare and behind others. It does nothing. */
int main(void)
{
	return 0;
}

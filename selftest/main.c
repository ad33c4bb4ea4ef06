/* SPDX-License-Identifier: MIT */
#include "selftest/audit.h"

int main(int argc, char **argv)
{
	return audit_command(argc, argv);
}

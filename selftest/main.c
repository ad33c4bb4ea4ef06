/* SPDX-License-Identifier: MIT */
#include "selftest/trial.h"

int main(int argc, char **argv)
{
	return trial_command(argc, argv);
}

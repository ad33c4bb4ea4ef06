/* SPDX-License-Identifier: MIT */
/* blame: of the calls that this policy let through, which ones an older filter would stop, and how. */
#ifndef SELFTEST_BLAME_H
#define SELFTEST_BLAME_H

#include <stdbool.h>

#include "selftest/report.h"

/*
 * Asks (overlay.h) for every call with VERDICT_REACHABLE, and makes of it VERDICT_REACHABLE (nothing stops it),
 * _DENIED_BY_RUNTIME or, where that cannot be told, _LET_THROUGH. untraced: as overlay_ask() takes it.
 */
void blame(struct report *report, bool untraced);

#endif

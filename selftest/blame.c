/* SPDX-License-Identifier: MIT */
#include "selftest/blame.h"

#include "selftest/overlay.h"

void blame(struct report *report, bool untraced)
{
	uint32_t numbers[OVERLAY_NUMBERS_MAX];
	struct report_call *calls[OVERLAY_NUMBERS_MAX];
	struct hearsay hearsay[OVERLAY_NUMBERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < report->ncalls; i++) {
		if (report->calls[i].verdict != VERDICT_REACHABLE)
			continue;
		report->calls[i].verdict = VERDICT_LET_THROUGH; /* beyond OVERLAY_NUMBERS_MAX it stays at that */
		if (count < OVERLAY_NUMBERS_MAX) {
			numbers[count] = report->calls[i].nr;
			calls[count++] = &report->calls[i];
		}
	}
	if (count == 0)
		return;
	overlay_ask(numbers, count, untraced, hearsay);
	for (size_t i = 0; i < count; i++) {
		if (hearsay[i].told == TOLD_OPEN)
			calls[i]->verdict = VERDICT_REACHABLE;
		if (hearsay[i].told != TOLD_STOPPED)
			continue;
		calls[i]->verdict = VERDICT_DENIED_BY_RUNTIME;
		calls[i]->runtime_errno = hearsay[i].value;
	}
}

/* SPDX-License-Identifier: MIT */
/* map_report: a map (map.h) as text or JSON on a FILE *. Pure. */
#ifndef SELFTEST_MAP_REPORT_H
#define SELFTEST_MAP_REPORT_H

#include <stdio.h>

#include "selftest/map.h"

/* For each ABI a line that counts, the calls that are stopped with how and by whom, and a list of the others. */
void map_report_text(FILE *out, const struct map *map);

/* One line. */
void map_report_json(FILE *out, const struct map *map);

/* Numbers, of all ABIs, of which nothing could be told. */
unsigned map_report_unknown(const struct map *map);

#endif

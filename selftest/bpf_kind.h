/* SPDX-License-Identifier: MIT */
/* bpf_kind: the instructions that seccomp(2) takes, by what they do. Shared by bpf_check.c and bpf_eval.c. */
#ifndef SELFTEST_BPF_KIND_H
#define SELFTEST_BPF_KIND_H

#include <stdint.h>

enum bpf_kind {
	KIND_REFUSED, /* all others */
	KIND_LOAD,
	KIND_LENGTH,
	KIND_IMMEDIATE,
	KIND_RECALL, /* from scratch memory */
	KIND_STORE,
	KIND_TRANSFER, /* between A and X */
	KIND_COMPUTE,
	KIND_DIVIDE, /* by a constant */
	KIND_SHIFT,  /* by a constant */
	KIND_JUMP,
	KIND_BRANCH,
	KIND_RETURN,
};

extern const uint8_t bpf_kinds[256];

static inline enum bpf_kind bpf_kind(uint16_t code)
{
	return code < sizeof bpf_kinds ? (enum bpf_kind)bpf_kinds[code] : KIND_REFUSED;
}

#endif

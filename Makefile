# SPDX-License-Identifier: MIT
# `make help` says what there is to make. GNU make 4.2 or newer.

VERSION = 0.1.0
# The date of all that `make dist` packs: 2026-11-29, 0:00 UTC.
SOURCE_DATE_EPOCH ?= 1795910400

PREFIX = /usr
DESTDIR =
CFLAGS = -Oz -g
LDFLAGS =

# --- The machine that is built for -------------------------------------------------------------------------------------

# By the names that reports and tars use; with what the names of its tools begin in Debian, where it is another one than
# that which builds. armv7 is Debian's armhf: ARMv7-A with VFPv3-D16, hard float.
ARCHS = x86_64 aarch64 armv7 i386 riscv64 s390x ppc64le
TOOLS_x86_64 = x86_64-linux-gnu-
TOOLS_aarch64 = aarch64-linux-gnu-
TOOLS_armv7 = arm-linux-gnueabihf-
TOOLS_i386 = i686-linux-gnu-
TOOLS_riscv64 = riscv64-linux-gnu-
TOOLS_s390x = s390x-linux-gnu-
TOOLS_ppc64le = powerpc64le-linux-gnu-

# What Debian, Docker and gcc call them.
ALSO_CALLED = amd64=x86_64 arm64=aarch64 armhf=armv7 arm=armv7 armv7l=armv7 386=i386 i486=i386 i586=i386 i686=i386 \
	ppc64el=ppc64le powerpc64le=ppc64le
our-name = $(or $(patsubst $(1)=%,%,$(filter $(1)=%,$(ALSO_CALLED))),$(1))

# A 32-bit system's kernel may be a 64-bit one, so uname(1) is asked last. ARCH is taken from the command line only: to
# who builds kernels it is another's variable.
MACHINE := $(call our-name,$(firstword $(subst -, ,$(shell \
	$(if $(DEPS_PREFIX),$(CC) -dumpmachine,dpkg --print-architecture 2>/dev/null || uname -m)))))
ASKED_FOR := $(if $(filter command,$(origin ARCH)),$(call our-name,$(ARCH)))
override ARCH := $(or $(ASKED_FOR),$(MACHINE))
ifneq ($(words $(ARCH)) $(words $(filter $(ARCHS),$(ARCH))),1 1)
$(error there is no denyinit for the architecture $(ARCH): ARCH may be $(ARCHS))
endif

ifeq ($(ARCH),$(MACHINE))
BUILD = build
CACHE = $(BUILD)/cache
TOOLS =
else
ifdef DEPS_PREFIX
$(error $(CC) compiles for $(MACHINE), and ARCH says $(ARCH): with DEPS_PREFIX the compiler says it, CC=)
endif
BUILD = build/$(ARCH)
CACHE = $(patsubst %/$(ARCH),%,$(BUILD))/cache
TOOLS = $(TOOLS_$(ARCH))
endif
OBJCOPY = $(TOOLS)objcopy

# --- Dependencies: built here from Debian's sources (deps/), or a distribution's own -----------------------------------

INIH = $(DEPS)/src/inih
ifdef DEPS_PREFIX
DEPS = $(DEPS_PREFIX)
READY =
ifeq ($(wildcard $(INIH)/ini.c),)
$(error with DEPS_PREFIX, INIH=FOLDER must name a folder with the ini.c and ini.h of inih 59 or newer ($(INIH) has \
none): inih is compiled with denyinit, as a distribution's libinih.a hands over no line numbers)
endif
ifeq ($(shell grep -s seccomp_export_bpf_mem $(DEPS)/include/seccomp.h),)
$(error $(DEPS)/include/seccomp.h is not of libseccomp 2.6 or newer, which denyinit needs)
endif
else
DEPS = $(BUILD)/deps
READY = $(DEPS)/VERSIONS
CC = $(DEPS)/bin/musl-gcc
endif

ifneq ($(words $(CURDIR)),1)
$(error denyinit cannot be built in a folder whose path has a blank in it ($(CURDIR)): musl's compiler wrapper cannot)
endif

# --- Sources -----------------------------------------------------------------------------------------------------------

COMMON_SOURCES = $(filter-out selftest/main.c,$(wildcard selftest/*.c))
EXPORT_SOURCES = $(addprefix init/,base.c cubes.c explain.c export.c export_main.c json.c merge.c \
	names_reasons.c oci.c)
denyinit_SOURCES = $(filter-out $(EXPORT_SOURCES),$(wildcard init/*.c)) $(COMMON_SOURCES)
denyinit-export_SOURCES = $(filter-out init/main.c init/memory.c,$(wildcard init/*.c)) $(COMMON_SOURCES)
denyinit-selftest_SOURCES = selftest/main.c $(COMMON_SOURCES)
PROGRAMS = denyinit denyinit-selftest denyinit-export

# At most, in bytes, each of PROGRAMS. The linker pads for pages of 64 KiB on aarch64 and ppc64le. A distribution's own
# libraries may be built for speed: then it is no error.
SIZES_x86_64 = 245760 61440 225280
SIZES_aarch64 = 344064 147456 344064
SIZES_armv7 = 229376 61440 208896
SIZES_i386 = 266240 65536 241664
SIZES_riscv64 = 245760 61440 225280
SIZES_s390x = 299008 77824 274432
SIZES_ppc64le = 344064 147456 344064
denyinit_SIZE = $(word 1,$(SIZES_$(ARCH)))
denyinit-selftest_SIZE = $(word 2,$(SIZES_$(ARCH)))
denyinit-export_SIZE = $(word 3,$(SIZES_$(ARCH)))
TOO_BIG = $(if $(DEPS_PREFIX),true,false)

# These ask the kernel, or call something that does. All others are pure: they include no header of system calls, and the
# unit tests are linked with them.
EFFECTFUL = $(addprefix init/,export.c export_main.c filter.c inspect.c install.c launch.c listener.c loaded.c main.c message.c patient.c \
	policy_file.c protect.c stay.c supervise.c user.c watch.c) \
	$(addprefix selftest/,account.c alone.c audit.c blame.c child.c command.c main.c map_ask.c overlay.c presence.c \
	probe.c trial.c)
PURE = $(filter-out $(EFFECTFUL),$(wildcard init/*.c selftest/*.c))
# sha256.c needs libmd, which is here for musl only, memory.c would take the sanitizers' malloc's place (its test has it
# under other names); policy_file.c is tested with real files.
UNIT_SOURCES = $(filter-out init/memory.c init/sha256.c,$(PURE)) init/policy_file.c

# All that init/ may include of selftest/.
JUDGES_FACE = trial.h report.h

# --- Flags -------------------------------------------------------------------------------------------------------------

# Part of inih's interface: the same for ini.c and for who includes ini.h.
INIH_FLAGS = -isystem $(INIH) -DINI_HANDLER_LINENO=1 -DINI_ALLOW_MULTILINE=0 -DINI_CALL_HANDLER_ON_NEW_SECTION=1 \
	-DINI_USE_STACK=1 -DINI_MAX_LINE=200

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 \
	-Wconversion -Wdate-time
ifneq ($(filter true 1,$(CI) $(WERROR)),)
WARNINGS += -Werror
endif

# No path of this machine in the programs, nor in the debug files, whose checksums the programs have.
HERE = -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(abspath $(DEPS))=deps -ffile-prefix-map=$(DEPS)=deps
DEFINES = -D_GNU_SOURCE= -DDENYINIT_VERSION=\"$(VERSION)\"
# What -Oz leaves on although it makes this code larger, 5 KB in all: values kept in registers across loops and calls, and
# tables aligned for vectors; but on s390x and ppc64le, which these make larger, also calls at a function's end as jumps,
# like ends of functions as one, tables of jumps, and some that only speed up. On x86_64 the stack protector's value is a
# variable, as it is on most others: to read it there, twice in a function, takes two bytes less than in the thread's own
# storage.
SMALLER = -fno-tree-loop-im -fno-move-loop-invariants -fno-caller-saves \
	$(if $(filter-out s390x ppc64le,$(ARCH)),-fno-expensive-optimizations -fno-optimize-sibling-calls \
		-fno-tree-tail-merge -fno-tree-dominator-opts -fno-ira-hoist-pressure -fno-jump-tables \
		-fno-forward-propagate) \
	$(if $(filter x86_64 i386 i686,$(ARCH)),-malign-data=abi) $(if $(filter x86_64,$(ARCH)),-mstack-protector-guard=global)
NO_FLOATS = $(if $(filter x86_64,$(ARCH)),-mgeneral-regs-only)
# Hidden: Debian 12's linkers for riscv64 and s390x else make some pointers to functions relocations by symbol, and a static
# PIE relocates itself by RELATIVE ones only (musl, ldso/dlstart.c): the pointer would be NULL.
CODE = -std=c11 -fPIE -fvisibility=hidden -ffunction-sections -fdata-sections -fstack-protector-strong \
	-fno-unwind-tables -fno-asynchronous-unwind-tables $(SMALLER) $(HERE) $(if $(DEPS_PREFIX),-isystem $(DEPS)/include)
# The last three only save space: one table of no symbols instead of two, and 8 KiB each. pack-relative-relocs is for musl
# 1.2.4 and newer, and Debian 12's linker knows it for these.
LINK = -static-pie -L$(DEPS)/lib \
	-Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack,--hash-style=sysv,-z,noseparate-code \
	$(if $(filter x86_64 i386 ppc64le,$(ARCH)),-Wl$(comma)-z$(comma)pack-relative-relocs)
COMPILE = $(CC) -I. $(DEFINES) $(CODE) $(CFLAGS)

HOST_CC = gcc
UNIT_COMPILE = $(HOST_CC) -I. $(DEFINES) -std=c11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all

FUZZ_CC = clang
# No trace-cmp: the dictionaries and the hooks on strcmp(3) find the words, and it takes two thirds of the time.
COVERAGE = -fsanitize-coverage=inline-8bit-counters,indirect-calls,pc-table
FUZZ_COMPILE = $(FUZZ_CC) -I. $(DEFINES) -std=c11 -g -O1 -fno-omit-frame-pointer -Wall -Wextra \
	-fsanitize=address,undefined $(COVERAGE) -fno-sanitize-recover=all

comma = ,
# `make V=1` shows the commands in full.
V =
Q = $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)')

# --- Building ----------------------------------------------------------------------------------------------------------

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all deps install uninstall dist clean distclean help demo test test-full test-kernels unit mutation fuzz-targets fuzz \
	bench bench-programs bench-proof bench-stages bench-denials size compare compare-programs new-calls pictures check-house format lint \
	lint-format lint-tidy lint-cppcheck lint-shell FORCE

all: $(PROGRAMS:%=$(BUILD)/%)

# What a compiler call is made of: when it changes, everything is compiled again.
FLAGS = $(COMPILE) $(NO_FLOATS) $(WARNINGS) $(INIH_FLAGS) $(LINK) $(LDFLAGS) $(UNIT_COMPILE) $(FUZZ_COMPILE)
ifneq ($(FLAGS),$(file <$(BUILD)/flags))
$(BUILD)/flags: FORCE
endif
$(BUILD)/flags:
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS)' >$@

# A folder that has been moved needs another compiler wrapper.
ifneq ($(file <$(BUILD)/deps/place),$(abspath $(BUILD)/deps))
$(BUILD)/deps/VERSIONS: FORCE
endif
$(BUILD)/deps/VERSIONS: deps/versions deps/build $(wildcard deps/patches/*)
	deps/install build$(TOOLS:%= cross-$(ARCH))
	deps/fetch $(CACHE)
	deps/build $(CACHE) $(@D) $(TOOLS)

deps: $(READY)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

$(BUILD)/obj/%.o: %.c $(BUILD)/flags $(READY)
	@mkdir -p $(@D)
	$(call say,CC    $<)
	$(Q)$(COMPILE) $(WARNINGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/init/policy.o: DEFINES += $(INIH_FLAGS)

# The programs compute with no floats, so a function like printf(3) need not keep what is in their registers. Tests do.
$(call objects,$(wildcard init/*.c selftest/*.c)): private SMALLER += $(NO_FLOATS)

$(BUILD)/obj/inih.o: $(BUILD)/flags $(READY)
	@mkdir -p $(@D)
	$(call say,CC    $(INIH)/ini.c)
	$(Q)$(COMPILE) $(INIH_FLAGS) -c -o $@ $(INIH)/ini.c

$(BUILD)/denyinit.linked: $(call objects,$(denyinit_SOURCES)) $(BUILD)/obj/inih.o
$(BUILD)/denyinit-export.linked: $(call objects,$(denyinit-export_SOURCES)) $(BUILD)/obj/inih.o
$(BUILD)/denyinit-selftest.linked: $(call objects,$(denyinit-selftest_SOURCES))
$(BUILD)/denyinit.linked $(BUILD)/denyinit-export.linked: LIBRARIES = -lseccomp -lmd

# With package metadata (deps/note). A distribution's own, in LDFLAGS, comes later and so takes its place.
$(PROGRAMS:%=$(BUILD)/%.linked): $(BUILD)/%.linked: deps/note $(READY)
	$(call say,LINK  $@)
	$(Q)note=$$(deps/note $* $(VERSION) $(ARCH) $(READY)) && \
		$(CC) $(LINK) -Xlinker "--package-metadata=$$note" -Wl,-Map=$(@:.linked=.map) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARIES)
	@! $(TOOLS)readelf -rW $@ | grep -E '^[0-9a-f]+ +[0-9a-f]+ +R_' | grep -v RELATIVE || \
		{ echo "$@ has relocations by symbol (above), which a static PIE does not apply to itself" >&2; exit 1; }

# What a debugger wants goes into a file beside the program.
$(BUILD)/%.debug: $(BUILD)/%.linked
	$(Q)$(OBJCOPY) --only-keep-debug $< $@

$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/%.linked $(BUILD)/%.debug
	$(call say,STRIP $@)
	$(Q)cd $(@D) && $(OBJCOPY) --strip-all --add-gnu-debuglink=$*.debug $*.linked $*
	@size=$$(wc -c <$@); [ "$$size" -le $($*_SIZE) ] || \
		{ echo "$@ has $$size bytes, at most $($*_SIZE) are wanted: nm -S --size-sort $< tells what grew" >&2; $(TOO_BIG); }

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/fuzz/obj/*/*.d $(BUILD)/fuzz/obj/*/*/*.d \
	$(BUILD)/unit/obj/*/*.d $(BUILD)/unit/obj/*/*/*.d)

# --- Unit tests: glibc, with sanitizers --------------------------------------------------------------------------------

UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_HELPERS = $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))

unit: $(UNIT_TESTS)

$(BUILD)/unit/obj/%.o: %.c $(BUILD)/flags $(READY)
	@mkdir -p $(@D)
	$(call say,CC    $< (unit))
	$(Q)$(UNIT_COMPILE) $(WARNINGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/obj/init/policy.o: DEFINES += $(INIH_FLAGS)

$(BUILD)/unit/obj/inih.o: $(BUILD)/flags $(READY)
	@mkdir -p $(@D)
	$(call say,CC    $(INIH)/ini.c (unit))
	$(Q)$(UNIT_COMPILE) $(INIH_FLAGS) -c -o $@ $(INIH)/ini.c

$(BUILD)/unit/test_%: $(BUILD)/unit/obj/tests/unit/test_%.o \
		$(patsubst %.c,$(BUILD)/unit/obj/%.o,$(UNIT_SOURCES) $(UNIT_HELPERS)) $(BUILD)/unit/obj/inih.o
	$(call say,LINK  $@)
	$(Q)$(UNIT_COMPILE) -o $@ $^ -lcmocka

# --- Mutation and measurements: the static program's own objects, with functions wrapped --------------------------------

# All of denyinit but its main(), and malloc, of which tests want more.
WHOLE = $(call objects,$(filter-out init/main.c init/memory.c,$(denyinit_SOURCES))) $(BUILD)/obj/inih.o

mutation: $(BUILD)/mutation/mutate

$(BUILD)/mutation/mutate: $(call objects,$(wildcard tests/mutation/*.c)) $(WHOLE)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(LINK) -Wl,--wrap=install_program,--wrap=trial_rehearse $(LDFLAGS) -o $@ $^ -lseccomp -lmd

# Random policies against the kernel (tests/live/language.bats).
$(BUILD)/language/language: $(call objects,tests/live/language.c) $(WHOLE)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(LINK) $(LDFLAGS) -o $@ $^ -lseccomp -lmd

# denyinit that gives the kernel another program than the judge is told of (tests/kernel).
$(BUILD)/kernel/spoilt: $(call objects,tests/kernel/spoilt.c init/main.c) $(WHOLE)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(LINK) -s -Wl,--wrap=install_program $(LDFLAGS) -o $@ $^ -lseccomp -lmd

BENCH_WRAPPED = trial_open trial_close install_program probe_run probe_run_beside account_read bpf_walk syscall

$(BUILD)/bench/proof: $(call objects,tests/bench/proof.c) $(WHOLE)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(LINK) $(BENCH_WRAPPED:%=-Wl,--wrap=%) $(LDFLAGS) -o $@ $^ -lseccomp -lmd

# denyinit with a clock at the doors of its stages.
STAGES_WRAPPED = main launch_guard_signals loaded_read policy_file_load sha256_hex policy_parse lint launch_resolve \
	launch_foreign_abi launch_close_descriptors loaded_compile protect trial_open meaning_read agreement_native plan_trial \
	account_open account_read syscall probe_run probe_run_beside install_program trial_close bpf_walk launch

$(BUILD)/bench/denyinit-stages: $(call objects,tests/bench/stages.c init/main.c init/memory.c) $(WHOLE)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(LINK) -s $(STAGES_WRAPPED:%=-Wl,--wrap=%) $(LDFLAGS) -o $@ $^ -lseccomp -lmd

$(BUILD)/bench/work: $(call objects,tests/bench/work.c)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(LINK) $(LDFLAGS) -o $@ $^

# The peers' measurements: by the machine's compiler, as what they print has fractions; the two programs that are started
# are made as denyinit is.
BENCH_HOST = starts calls profile
BENCH_GUESTS = quit through
BENCH = $(addprefix $(BUILD)/bench/,$(BENCH_HOST) $(BENCH_GUESTS) work)
BENCH_TO = $(BUILD)/bench/result

$(BENCH_HOST:%=$(BUILD)/bench/%): $(BUILD)/bench/%: tests/bench/%.c tests/bench/sample.c tests/bench/sample.h
	@mkdir -p $(@D)
	$(call say,CC    $<)
	$(Q)$(HOST_CC) -I. -std=gnu11 -O2 $(WARNINGS) -o $@ $< tests/bench/sample.c $(if $(filter %/profile,$@),-lseccomp)

$(BENCH_GUESTS:%=$(BUILD)/bench/%): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(LINK) -s $(LDFLAGS) -o $@ $^

bench-programs: $(BENCH) $(BUILD)/bench/denyinit-stages

bench: all
	deps/install build tests bench
	+$(MAKE) --no-print-directory bench-programs
	tests/bench/run $(BENCH_TO)

# The same into the documents.
bench-docs:
	$(MAKE) bench BENCH_TO=docs/bench
	tests/bench/page docs/bench

bench-proof: $(BUILD)/bench/proof
	$<

# Where the time of a start goes.
bench-stages: $(BUILD)/bench/denyinit-stages $(BUILD)/bench/quit
	tests/bench/stages 200 conf/mount.ini conf/default.ini conf/strict.ini

# What the bytes of the programs are.
size: all
	@for program in $(PROGRAMS); do tests/bench/size $(BUILD) $$program && echo || exit 1; done

bench-denials: all $(BUILD)/bench/work
	bats tests/bench/denials.bats

# Other tools' ways to block mount, and which routes stay open: the table of docs/comparison.md.
COMPARE = $(addprefix $(BUILD)/bench/,calls profile) $(BUILD)/compare/filter

$(BUILD)/compare/filter: tests/compare/filter.c
	@mkdir -p $(@D)
	$(call say,CC    $<)
	$(Q)$(HOST_CC) -std=gnu11 -O2 $(WARNINGS) -o $@ $< -lseccomp

compare-programs: $(COMPARE)

compare: all
	deps/install build tests live
	+$(MAKE) --no-print-directory compare-programs
	tests/live/build
	tests/live/oci_fetch $(CACHE)/profiles
	tests/compare/fetch $(CACHE)/minijail
	tests/compare/run >$(BUILD)/compare/rows
	tests/compare/page docs/comparison.md <$(BUILD)/compare/rows

# --- Fuzzing: clang's libFuzzer with sanitizers ---------------------------------------------------------------------------

FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_HELPERS = $(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS = 60

fuzz-targets: $(FUZZ_TARGETS)

fuzz: fuzz-targets
	tests/fuzz/run $(FUZZ_SECONDS)

$(BUILD)/fuzz/obj/%.o: %.c $(BUILD)/flags $(READY)
	@mkdir -p $(@D)
	$(call say,CC    $< (fuzz))
	$(Q)$(FUZZ_COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/obj/init/policy.o: DEFINES += $(INIH_FLAGS)
# What the targets hold the code against is not what they are to explore, and a table is no code.
$(BUILD)/fuzz/obj/tests/fuzz/second.o $(BUILD)/fuzz/obj/selftest/numbers.o: COVERAGE =

$(BUILD)/fuzz/obj/inih.o: $(BUILD)/flags $(READY)
	@mkdir -p $(@D)
	$(call say,CC    $(INIH)/ini.c (fuzz))
	$(Q)$(FUZZ_COMPILE) $(INIH_FLAGS) -c -o $@ $(INIH)/ini.c

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.o \
		$(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(UNIT_SOURCES) $(FUZZ_HELPERS)) $(BUILD)/fuzz/obj/inih.o
	$(call say,LINK  $@)
	$(Q)$(FUZZ_COMPILE) -fsanitize=fuzzer -o $@ $^

# --- Tests -------------------------------------------------------------------------------------------------------------

test:
	tests/run

# The long forms of what has one.
test-full:
	DENYINIT_FULL=1 tests/run

# On real kernels, in QEMU. DENYINIT_FULL=1: more of them.
test-kernels:
	tests/run kernel

# The pictures of README.md: the stages out of their description, the terminal out of a run.
pictures: all
	deps/install build pictures
	dot -Tsvg docs/pictures/stages.dot -o docs/pictures/stages.svg
	docs/pictures/terminal >$(BUILD)/terminal.svg
	mv $(BUILD)/terminal.svg docs/pictures/terminal.svg

# What the newest kernel's headers have and the tables do not.
new-calls:
	deps/install build
	tests/docs/new_calls $(CACHE)

demo: all
	tests/demo.sh

INCLUDE = ^[[:space:]]*\#[[:space:]]*include[[:space:]]*
SYSTEM_CALL_HEADERS = unistd|fcntl|poll|sched|spawn|syscall|sys/[a-z_]*|dirent|termios

# The accused uses the judge by its face only, the judge nothing of the accused, and what is pure asks no kernel.
check-house:
	@wrong() { echo "check-house: $$* (see JUDGES_FACE and EFFECTFUL in the Makefile)" >&2; status=1; }; \
	status=0; \
	face='$(INCLUDE)"selftest/($(shell echo '$(JUDGES_FACE)' | sed 's/ /|/g'))"'; \
	! grep -nE '$(INCLUDE)["<](\.\./)?selftest/' init/*.[ch] | grep -vE "^[^:]*:[0-9]*:$${face#^}" >&2 || \
		wrong "init/ may include of selftest/ only $(JUDGES_FACE)"; \
	! grep -nE '$(INCLUDE)(["<](\.\./)?init/|["<](seccomp|ini)\.h[">])' selftest/*.[ch] >&2 || \
		wrong "selftest/ may include nothing of init/, nor seccomp.h, nor ini.h"; \
	! grep -nE '$(INCLUDE)<($(SYSTEM_CALL_HEADERS))\.h>' $(PURE) >&2 || \
		wrong "a file that is not listed as effectful may include no header of system calls"; \
	for file in $(EFFECTFUL); do [ -f "$$file" ] || wrong "$$file is listed as effectful and is not there"; done; \
	exit $$status

# Not vendored, not built: what is the project's own.
C_FILES = $(wildcard init/*.[ch] selftest/*.[ch] tests/*/*.[ch])
SCRIPTS = $(shell find . -path ./build -prune -o -path './build-*' -prune -o -path './$(BUILD)' -prune -o -path ./.git -prune -o -type f -print | sort | \
	xargs awk 'FNR == 1 { if (/^#!.*(sh|bats)$$|^# shellcheck shell=/) print FILENAME; nextfile }')

format:
	clang-format -i $(C_FILES)

lint: lint-format lint-tidy lint-cppcheck lint-shell check-house

lint-format:
	clang-format --dry-run -Werror $(C_FILES)

# With the machine's libc, whose headers its clang knows; of the dependencies only what the machine does not have. One
# file for each call: clang-tidy 14 forgets what va_start is in the second one.
# The machine's own headers, but libseccomp's are those that denyinit is built with, also where libseccomp-dev is installed.
lint-tidy: $(READY)
	mkdir -p $(BUILD)/tidy
	ln -sf $(abspath $(DEPS))/include/seccomp*.h $(BUILD)/tidy/
	printf '%s\n' $(filter %.c,$(C_FILES)) | xargs -P "$$(nproc)" -I '{}' \
		clang-tidy --quiet '{}' -- -I. -I$(BUILD)/tidy $(DEFINES) $(INIH_FLAGS) -std=c11 -idirafter $(DEPS)/include

lint-cppcheck:
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
		-I. $(DEFINES) $(filter -D%,$(INIH_FLAGS)) -D__x86_64__ '-D__asm__(x)=' --suppress=ctuuninitvar \
		--suppress=normalCheckLevelMaxBranches --suppress=constStatement:selftest/raw.h $(wildcard init selftest tests/live)

# What bats files and their helpers say to each other by variables, shellcheck does not see.
lint-shell:
	shellcheck $(filter-out %.bats %.bash,$(SCRIPTS))
	shellcheck --severity=warning --exclude=SC2034,SC2154 $(filter %.bats %.bash,$(SCRIPTS))

# --- Installing --------------------------------------------------------------------------------------------------------

SHARE = $(DESTDIR)$(PREFIX)/share
# Of another's libraries nothing is known here.
SBOM = $(if $(DEPS_PREFIX),,$(BUILD)/sbom.cdx.json)
MANUALS = $(wildcard man/*.[1-9])

$(BUILD)/sbom.cdx.json: $(PROGRAMS:%=$(BUILD)/%) deps/sbom deps/sbom.jq deps/works.json deps/advisories.json $(READY)
	$(Q)deps/sbom $(BUILD) $(DEPS) $(VERSION) $(ARCH) $(SOURCE_DATE_EPOCH) >$@

# A policy that is there already is the administrator's.
install: all $(SBOM)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)/etc $(SHARE)/denyinit
	install -m 0755 $(PROGRAMS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/bin
	[ -e $(DESTDIR)/etc/denyinit.ini ] || install -m 0444 conf/default.ini $(DESTDIR)/etc/denyinit.ini
	install -m 0444 conf/*.ini conf/oci2denyinit*.jq conf/oci2denyinit.calls $(SBOM) $(SHARE)/denyinit
	install -m 0555 conf/oci2denyinit $(SHARE)/denyinit
	for page in $(MANUALS); do \
		install -D -m 0644 $$page $(SHARE)/man/man$${page##*.}/$${page##*/} || exit 1; \
	done

uninstall:
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%) $(foreach m,$(MANUALS),$(SHARE)/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	rm -rf $(SHARE)/denyinit
	if cmp -s conf/default.ini $(DESTDIR)/etc/denyinit.ini; then rm -f $(DESTDIR)/etc/denyinit.ini; \
	elif [ -e $(DESTDIR)/etc/denyinit.ini ]; then echo "$(DESTDIR)/etc/denyinit.ini is not the default one: it stays"; fi

# Every architecture, but with ARCH=... that one. One after the other, each with a make of its own: all install packages,
# and the first fetches for all.
DIST_ARCHS = $(or $(ASKED_FOR),$(ARCHS))
built-in = $(if $(filter $(ARCH),$(1)),$(BUILD),$(BUILD)/$(1))

dist:
	$(if $(DEPS_PREFIX),$(error make dist packs what it knows the sources of: not with DEPS_PREFIX))
	$(if $(filter-out $(ARCHS),$(DIST_ARCHS)),$(error DIST_ARCHS may be some of $(ARCHS)))
	+$(foreach arch,$(DIST_ARCHS),$(MAKE) --no-print-directory ARCH=$(arch) BUILD=$(call built-in,$(arch)) CACHE=$(CACHE) all &&) :
	deps/dist $(BUILD) $(CACHE) $(VERSION) $(SOURCE_DATE_EPOCH) $(foreach arch,$(DIST_ARCHS),$(arch):$(call built-in,$(arch)))

# --- Cleaning ----------------------------------------------------------------------------------------------------------

# The fetched sources and the libraries built of them stay, also those for other architectures.
FOREIGN = $(wildcard $(ARCHS:%=$(BUILD)/%))
clean:
	rm -rf $(filter-out $(CACHE) $(BUILD)/cache %/deps $(FOREIGN),$(wildcard $(BUILD)/* $(FOREIGN:%=%/*)))

distclean:
	rm -rf $(BUILD)

help:
	@echo "make              build/denyinit, -selftest and -export, and what they need; the first time"
	@echo "                  it installs build packages (root or sudo) and fetches sources, by apt"
	@echo "make ARCH=...     the same for another architecture, into build/ARCH, by Debian's cross compilers:"
	@echo "                  $(ARCHS)"
	@echo "make deps         only what they need: musl, libseccomp, libmd; with ARCH=... for that one"
	@echo "make demo         nginx under denyinit, seen refusing what mounts (needs root)"
	@echo "make test         every test, all set-up included; tests/run SECTION... for some of: unit build mutation fuzz bench"
	@echo "                  live container kernel docs lint"
	@echo "make test-full    the same, with the long forms of mutation, fuzz, container, kernel and docs"
	@echo "make test-kernels tests/run kernel: on some real kernels, in QEMU; DENYINIT_FULL=1: on all that Debian has"
	@echo "make install      into DESTDIR, below PREFIX (/usr); the policy into /etc, unless one is there"
	@echo "make dist         into build/dist: tars of programs, debug files and sources, the SBOM, SHA256SUMS, for every"
	@echo "                  architecture, or some: DIST_ARCHS='x86_64 aarch64'; with ARCH=... for that one"
	@echo "make uninstall    removes what install has put there"
	@echo "make fuzz         fuzzes each target for FUZZ_SECONDS=60, two at a time; what it finds is in build/fuzz"
	@echo "make bench        start, calls, nginx, memory and sizes beside other inits' and sandboxes': a table, and JSON and"
	@echo "                  plots in BENCH_TO=build/bench/result (root); make bench-docs: into docs/; make bench-programs only builds"
	@echo "make bench-denials what it costs to have denials told: latency, memory, floods"
	@echo "make size         what the bytes of the programs are: denyinit, its judge, libseccomp, musl; code and tables"
	@echo "make bench-proof  what the proof costs, by number of rules; make bench-stages: where the time of a start goes"
	@echo "make compare      lets other tools block mount, tries every route, and writes the table of docs/comparison.md (root);"
	@echo "                  make compare-programs only builds what that needs"
	@echo "make new-calls    compares the newest kernel's headers with the tables: what is new, and where it belongs"
	@echo "make pictures     makes the pictures of README.md anew (root)"
	@echo "make unit         the unit test programs, build/unit/test_*; so make mutation, make fuzz-targets"
	@echo "make check-house  who includes what: the judge and the accused share no code"
	@echo "make lint         check-house, lint-format, lint-tidy, lint-cppcheck and lint-shell"
	@echo "make format       clang-format over all C files"
	@echo "make clean        removes what was built, but the dependencies; make distclean: everything"
	@echo "make help         this text"
	@echo
	@echo "Variables: BUILD=build (the folder), CFLAGS, LDFLAGS, WERROR=1 (warnings are errors; CI=true too), V=1 (say all)."
	@echo "DEPS_PREFIX=/usr INIH=FOLDER [CC=gcc] on a distribution with musl, Alpine for one: uses the static libseccomp (2.6) and"
	@echo "libmd of that prefix and compiles inih from FOLDER (its ini.c, ini.h), fetches and installs nothing."

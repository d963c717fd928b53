/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs of this directory have in common: their results as
 * TAP, and random numbers that a failing run can be repeated with.
 *
 * A test is a group of checks, millions at times, and one line of output.
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define TAP_EXPLAINED	5	/* failures of a group that are printed */

/* The seed of all random numbers unless NETFLOW_SEED is another: each run is the same. */
#define TAP_SEED	1795927590

static uint64_t tap_random;
static unsigned long tap_checks, tap_failed;
static unsigned int tap_tests, tap_bad;

/* A 64-bit random number: splitmix64, whose state is a counter. */
static inline uint64_t random_u64(void)
{
	uint64_t x = tap_random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static inline uint32_t random_below(uint32_t bound)
{
	return (random_u64() >> 32) * bound >> 32;
}

static inline void tap_begin(void)
{
	const char *seed = getenv("NETFLOW_SEED");

	tap_random = seed && *seed ? strtoull(seed, NULL, 0) : TAP_SEED;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# NETFLOW_SEED=%llu repeats this run\n", (unsigned long long)tap_random);
}

static inline bool __attribute__((format(printf, 2, 3)))
check(bool good, const char *format, ...)
{
	va_list list;

	tap_checks++;
	if (good || tap_failed++ >= TAP_EXPLAINED)
		return good;
	printf("# ");
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("\n");
	return false;
}

/* End of a test: of all checks since the last one. Without any it has failed. */
static inline void __attribute__((format(printf, 1, 2)))
test(const char *format, ...)
{
	const bool good = tap_checks && !tap_failed;
	va_list list;

	printf("%sok %u - ", good ? "" : "not ", ++tap_tests);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf(" (%lu checks)\n", tap_checks);
	if (tap_failed > TAP_EXPLAINED)
		printf("# and %lu more\n", tap_failed - TAP_EXPLAINED);
	tap_bad += !good;
	tap_checks = 0;
	tap_failed = 0;
}

static inline int tap_end(void)
{
	printf("1..%u\n", tap_tests);
	return tap_bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /* TESTS_UNIT_TAP_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * gap - measure how long a process is interrupted
 *
 *	gap CPU
 *
 * Reads the clock in a loop on one CPU until SIGTERM. A gap between two readings means
 * that the kernel (or the machine below it) used the CPU. Prints, in microseconds,
 *
 *	longest 87.1 99.9% 12.0 gaps 51234 clock 0.02
 *
 * "gaps" is the number of intervals of at least a microsecond, "99.9%" the length that
 * 99.9 % of them do not exceed, and "clock" the usual interval.
 * (oslat of rt-tests measures the same, but needs a kernel with NUMA.)
 */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if __has_builtin(__builtin_ia32_rdtsc)
/* In a guest, reading the clock is a system call, which is too slow here. */
#define ticks() __builtin_ia32_rdtsc()
#else
#define ticks() nanoseconds()
#endif

/* Histogram of lengths: steps of 0.1 us up to 10 ms. */
#define STEPS		100000
#define STEPS_PER_US	10

static uint64_t histogram[STEPS + 1];
static volatile sig_atomic_t ending;

static uint64_t nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static double ticks_per_us(void)
{
	const uint64_t begin = nanoseconds(), begin_ticks = ticks();
	uint64_t end;

	do
		end = nanoseconds();
	while (end - begin < 200000000);
	return (double)(ticks() - begin_ticks) * 1000 / (end - begin);
}

/* The length that 99.9 % of the gaps do not exceed. */
static double percentile(uint64_t gaps)
{
	uint64_t above = 0;
	int i;

	for (i = STEPS; i > 0; i--) {
		above += histogram[i];
		if (above > gaps / 1000)
			break;
	}
	return (double)(i + 1) / STEPS_PER_US;
}

static void on_signal(int number)
{
	ending = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	uint64_t begin, last, now, gaps = 0, rounds = 0, longest = 0;
	double rate, length;
	cpu_set_t cpus;

	if (argc != 2)
		errx(1, "usage: gap CPU");
	sigaction(SIGTERM, &action, NULL);
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "cannot run on CPU %s", argv[1]);

	rate = ticks_per_us();
	begin = ticks();
	for (last = begin; !ending; last = now, rounds++) {
		now = ticks();
		/* the clocks of two processors can differ slightly */
		if ((int64_t)(now - last) < rate)
			continue;
		length = (now - last) / rate;
		gaps++;
		histogram[length * STEPS_PER_US < STEPS ? (int)(length * STEPS_PER_US) : STEPS]++;
		if (now - last > longest)
			longest = now - last;
	}
	printf("longest %.1f 99.9%% %.1f gaps %lu clock %.3f\n", longest / rate, percentile(gaps),
	       (unsigned long)gaps, (last - begin) / rate / (rounds ? rounds : 1));
	return 0;
}

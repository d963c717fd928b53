/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KTIME_H
#define SHIM_LINUX_KTIME_H

#include <time.h>

#include "../kernel.h"

/* The time is what the test says: nanoseconds since 1970, milliseconds since boot. */
static u64 shim_real_ns;
static u64 shim_boot_ms;

typedef u64 ktime_t;

struct timespec64 {
	u64 tv_sec;
	long tv_nsec;
};

static inline u64 ktime_get_real_seconds(void)
{
	return shim_real_ns / 1000000000;
}

static inline void ktime_get_real_ts64(struct timespec64 *time)
{
	time->tv_sec = shim_real_ns / 1000000000;
	time->tv_nsec = shim_real_ns % 1000000000;
}

static inline ktime_t ktime_get_real(void)
{
	return shim_real_ns;
}

static inline ktime_t ktime_get_boottime(void)
{
	return READ_ONCE(shim_boot_ms) * 1000000;
}

static inline ktime_t ktime_get(void)
{
	return ktime_get_boottime();
}

enum tk_offsets {
	TK_OFFS_REAL,
	TK_OFFS_BOOT,
};

/* The boot clock is the monotonic one here. */
static inline ktime_t ktime_mono_to_any(ktime_t time, enum tk_offsets offset)
{
	return time + (offset == TK_OFFS_REAL ? ktime_get_real() - ktime_get_boottime() : 0);
}

#define ktime_sub(later, earlier)	((later) - (earlier))

static inline s64 ktime_us_delta(ktime_t later, ktime_t earlier)
{
	return (later - earlier) / 1000;
}

static inline u64 ktime_to_ms(ktime_t time)
{
	return time / 1000000;
}

#endif /* SHIM_LINUX_KTIME_H */

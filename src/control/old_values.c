// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of ipt-netflow that are outside the range of a setting.
 *
 * ipt-netflow checked hardly any number, so configurations contain 0 and 2147483647. A
 * router with such a configuration must still meter after boot. So a value that had a
 * meaning is replaced by the nearest valid one. docs/conversion.md has the reasons.
 */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "base/config.h"
#include "control/old_values.h"

/* These numbers of an option are replaced by another one. */
static const struct {
	const char *name;
	s64 first;
	s64 last;
	s64 value;
} old_values[] = {
	/* a time-out that never passed; one that passed at once */
	{ "active_timeout", INT_MIN, -1, NFL_TIMEOUT_MAX },
	{ "active_timeout", 0, 0, 1 },
	{ "active_timeout", NFL_TIMEOUT_MAX + 1, INT_MAX, NFL_TIMEOUT_MAX },
	{ "inactive_timeout", 0, 0, 1 },
	{ "inactive_timeout", NFL_TIMEOUT_MAX + 1, INT_MAX, NFL_TIMEOUT_MAX },
	/* templates in each message; hardly ever */
	{ "refresh_rate", 0, 0, 1 },
	{ "refresh_rate", NFL_REFRESH_MAX + 1, U32_MAX, NFL_REFRESH_MAX },
	{ "timeout_rate", 0, 0, 1 },
	{ "timeout_rate", NFL_TEMPLATE_MINUTES_MAX + 1, U32_MAX, NFL_TEMPLATE_MINUTES_MAX },
	/* a number below 256 was not used at all */
	{ "hashsize", INT_MIN, -1, 0 },
	{ "hashsize", NFL_HASHSIZE_MAX + 1, INT_MAX, NFL_HASHSIZE_MAX },
	/* no limit */
	{ "maxflows", INT_MIN, -1, 0 },
	/* more than the kernel gives */
	{ "sndbuf", INT_MAX / 2 + 1, INT_MAX, INT_MAX / 2 },
	/* numbers that were switches */
	{ "natevents", INT_MIN, -1, 1 },
	{ "natevents", 3, INT_MAX, 1 },
	{ "promisc", INT_MIN, -1, 1 },
	{ "promisc", 2, INT_MAX, 1 },
	{ "targets", INT_MIN, -1, 1 },
	{ "targets", 2, INT_MAX, 1 },
	/* the limit depends on HZ of the kernel */
	{ "scan_min", 0, 0, 1 },
	{ "scan_min", HZ / 10 + 1, U32_MAX, HZ / 10 },
	{ "debug", INT_MIN, -1, 0 },
	{ "debug", 4, INT_MAX, 3 },
};

/* A pair of octets, "TYPE:ID", as in NetFlow 5. */
static bool parse_pair(const char *text, s64 *number)
{
	const char *colon = strchr(text, ':');
	char type[4];
	u8 high, low;

	if (!colon || colon - text >= sizeof(type) || !isdigit(text[0]) || !isdigit(colon[1]))
		return false;
	memcpy(type, text, colon - text);
	type[colon - text] = '\0';
	if (kstrtou8(type, 10, &high) || kstrtou8(colon + 1, 10, &low))
		return false;
	*number = high * 256 + low;
	return true;
}

static bool is_offline(s64 cpu)
{
	return cpu < 0 || cpu >= nr_cpu_ids || !cpu_online(cpu);
}

/**
 * nfl_old_number() - parse a number that may be a value of ipt-netflow
 * @name: the name of the parameter
 * @text: the text
 * @number: set to the number, which may be outside the range of the setting
 *
 * Return: false if the text is not a number.
 */
bool nfl_old_number(const char *name, const char *text, s64 *number)
{
	unsigned int i;

	/* also hexadecimal and octal, as in the kernel's parameters */
	if (kstrtoll(text, 0, number))
		return !strcmp(name, "engine_id") && parse_pair(text, number);
	if (*number < INT_MIN || *number > U32_MAX)
		return true;
	/* one sign, the same 32 bits */
	if (!strcmp(name, "engine_id"))
		*number = (u32)*number;
	/* the configuration may be from a machine with more CPUs */
	else if (!strcmp(name, "exportcpu") && *number <= INT_MAX && is_offline(*number))
		*number = -1;
	for (i = 0; i < ARRAY_SIZE(old_values); i++) {
		if (strcmp(name, old_values[i].name) || *number < old_values[i].first ||
		    *number > old_values[i].last)
			continue;
		*number = old_values[i].value;
		break;
	}
	return true;
}

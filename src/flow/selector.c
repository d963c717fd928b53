// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the setting "sampler": MODE:N, where the mode may be shortened to any prefix.
 * An empty text, "0", "none" and "off" select all.
 *
 * ipt-netflow reads the first letter only. So the other letters of its modes, of "none" and
 * of "off" are ignored. With N of 1 all are selected.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "flow/selector.h"

static const char *const mode_names[NFL_SELECT_MODES] = {
	[NFL_SELECT_FLOWS] = "deterministic",
	[NFL_SELECT_FLOWS_RANDOM] = "random",
	[NFL_SELECT_HASH] = "hash",
	[NFL_SELECT_PACKETS] = "packets",
	[NFL_SELECT_PACKETS_RANDOM] = "packets-random",
};

/* Is the text, of @length, a prefix of the name? */
static bool is_short_for(const char *text, size_t length, const char *name)
{
	return length && length <= strlen(name) && !strncasecmp(text, name, length);
}

static bool is_none(const char *text, size_t length)
{
	return !length || !strcmp(text, "0") || strchr("nNoO", text[0]);
}

/* The mode of a text of @length; NFL_SELECT_MODES if it is unknown. */
static enum nfl_selector_mode mode_of(const char *text, size_t length)
{
	enum nfl_selector_mode mode;

	for (mode = NFL_SELECT_FLOWS; mode < NFL_SELECT_MODES; mode++) {
		if (is_short_for(text, length, mode_names[mode]))
			return mode;
	}
	for (mode = NFL_SELECT_FLOWS; mode <= NFL_SELECT_HASH; mode++) {
		if (is_short_for(text, length ? 1 : 0, mode_names[mode]))
			return mode;
	}
	return NFL_SELECT_MODES;
}

/**
 * nfl_selector_parse() - parse the text of a selector
 * @text: the text
 * @selector: set to the selector
 *
 * Return: 0, or -EINVAL and @selector is not changed.
 */
int nfl_selector_parse(const char *text, u32 *selector)
{
	const char *colon = strchr(text, ':');
	const size_t length = colon ? colon - text : strlen(text);
	enum nfl_selector_mode mode;
	u16 interval;

	if (!colon) {
		if (!is_none(text, length))
			return -EINVAL;
		*selector = 0;
		return 0;
	}
	mode = mode_of(text, length);
	if (mode == NFL_SELECT_MODES || !isdigit(colon[1]) || kstrtou16(colon + 1, 10, &interval) ||
	    !interval || interval > NFL_SELECT_MOST)
		return -EINVAL;
	*selector = interval < NFL_SELECT_LEAST ? 0 : nfl_selector(mode, interval);
	return 0;
}

/**
 * nfl_selector_print() - print a selector, with the full name of its mode
 * @selector: the selector
 * @text: the buffer
 * @size: size of the buffer
 *
 * Return: the length, without the terminating zero.
 */
int nfl_selector_print(u32 selector, char *text, size_t size)
{
	if (!selector)
		return scnprintf(text, size, "%s", "");
	return scnprintf(text, size, "%s:%u", nfl_selector_name(selector),
			 nfl_selector_interval(selector));
}

/**
 * nfl_selector_name() - the name of the mode of a selector
 * @selector: the selector, one that does not select all
 */
const char *nfl_selector_name(u32 selector)
{
	return mode_names[nfl_selector_mode(selector)];
}

/**
 * nfl_selector_probability() - the probability to be selected, 1/N
 * @selector: the selector, one that does not select all
 *
 * Return: the probability as a binary64 of IEEE 754 (RFC 7011 section 6.1.4), which
 *	has 53 significant bits, rounded to the nearest. The kernel has no floating point, so
 *	this is a long division.
 */
u64 nfl_selector_probability(u32 selector)
{
	const u32 interval = nfl_selector_interval(selector);
	unsigned int zeros = 0, i;
	u64 quotient = 0;
	u32 rest = 1;

	while (1U << zeros < interval)
		zeros++;
	for (i = 0; i < 52 + zeros; i++) {
		rest <<= 1;
		quotient <<= 1;
		if (rest >= interval) {
			quotient |= 1;
			rest -= interval;
		}
	}
	/* ties are rounded to even; a carry increments the exponent */
	if (2 * rest > interval || (2 * rest == interval && quotient & 1))
		quotient++;
	return quotient + ((u64)(1022 - zeros) << 52);
}

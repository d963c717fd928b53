/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KSTRTOX_H
#define SHIM_LINUX_KSTRTOX_H

#include "../kernel.h"

/*
 * Numbers from text, as strict as the kernel: all of the text, but for one newline
 * at its end; no space; a base of 0 goes by 0x and 0.
 */
static inline int shim_number(const char *text, unsigned int base, u64 most, u64 *to)
{
	u64 value = 0;
	bool any = false;

	if (!base && text[0] == '0')
		base = (text[1] | 32) == 'x' && isxdigit((u8)text[2]) ? 16 : 8;
	else if (!base)
		base = 10;
	if (base == 16 && text[0] == '0' && (text[1] | 32) == 'x')
		text += 2;
	for (;; text++, any = true) {
		unsigned int digit = isdigit((u8)*text) ? *text - '0' :
				     isxdigit((u8)*text) ? (*text | 32) - 'a' + 10 : 99;

		if (digit >= base)
			break;
		if (value > (most - digit) / base)
			return -ERANGE;
		value = value * base + digit;
	}
	if (!any)
		return -EINVAL;
	if (*text == '\n')
		text++;
	if (*text)
		return -EINVAL;
	*to = value;
	return 0;
}

static inline int shim_unsigned(const char *text, unsigned int base, u64 most, u64 *to)
{
	return shim_number(text + (*text == '+'), base, most, to);
}

static inline int kstrtou8(const char *text, unsigned int base, u8 *to)
{
	u64 value;
	const int err = shim_unsigned(text, base, 0xff, &value);

	if (!err)
		*to = value;
	return err;
}

static inline int kstrtou16(const char *text, unsigned int base, u16 *to)
{
	u64 value;
	const int err = shim_unsigned(text, base, U16_MAX, &value);

	if (!err)
		*to = value;
	return err;
}

static inline int kstrtou32(const char *text, unsigned int base, u32 *to)
{
	u64 value;
	const int err = shim_unsigned(text, base, 0xffffffff, &value);

	if (!err)
		*to = value;
	return err;
}

static inline int kstrtou64(const char *text, unsigned int base, u64 *to)
{
	return shim_unsigned(text, base, ~0ULL, to);
}

static inline int kstrtoll(const char *text, unsigned int base, s64 *to)
{
	const bool negative = *text == '-';
	u64 value;
	const int err = negative ? shim_number(text + 1, base, 1ULL << 63, &value) :
				   shim_unsigned(text, base, (1ULL << 63) - 1, &value);

	if (!err)
		*to = negative ? -value : value;
	return err;
}

#endif /* SHIM_LINUX_KSTRTOX_H */

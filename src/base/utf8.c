// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strings in records must be well-formed UTF-8 (RFC 7011 section 6.1.6). Names and
 * aliases of interfaces may contain any octets, and a string of a fixed length may end
 * in the middle of a character.
 */
#include <linux/string.h>

#include "base/utf8.h"

/* Replaces each octet that is not part of a character. */
#define REPLACEMENT	'?'

/* The length of the character at @text; 0 if it is not well-formed. */
static size_t character_length(const u8 *text, size_t left)
{
	/* first octets 110xxxxx, 1110xxxx, 11110xxx; overlong forms are not well-formed */
	static const u8 lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length, i;
	u32 character;

	if (*text < 0x80)
		return 1;
	length = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;
	if (*text < 0xc2 || *text > 0xf4 || length > left)
		return 0;
	character = *text - lead[length];
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (text[i] & 0x3f);
	}
	if (character < least[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character < 0xe000))
		return 0;
	return length;
}

/**
 * nfl_utf8_set() - fill a string of a record
 * @to: the string, padded with zeros
 * @size: the size of @to; a string of this length has no terminating zero
 * @from: the text, with a terminating zero; truncated to @size
 *
 * An octet that is not part of a character becomes a question mark.
 */
void nfl_utf8_set(char *to, size_t size, const char *from)
{
	const size_t length = strnlen(from, size);
	size_t i = 0;

	memset(to, 0, size);
	while (i < length) {
		const size_t octets = character_length((const u8 *)from + i, length - i);

		if (octets) {
			memcpy(to + i, from + i, octets);
			i += octets;
		} else {
			to[i++] = REPLACEMENT;
		}
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strings in records: what is well-formed UTF-8 stays as it is, and nothing else
 * ever comes out. The judge is a table of the Unicode standard (Table 3-7), which
 * lists the octets that each form may have.
 */
#include "../../src/base/utf8.c"

#include "tap.h"

#define STRING_MAX	16

/* Well-formed UTF-8: what the octets may be, one after the other. */
static const struct form {
	unsigned int length;
	u8 least[4], most[4];
} forms[] = {
	{ 1, { 0x01 }, { 0x7f } },
	{ 2, { 0xc2, 0x80 }, { 0xdf, 0xbf } },
	{ 3, { 0xe0, 0xa0, 0x80 }, { 0xe0, 0xbf, 0xbf } },
	{ 3, { 0xe1, 0x80, 0x80 }, { 0xec, 0xbf, 0xbf } },
	{ 3, { 0xed, 0x80, 0x80 }, { 0xed, 0x9f, 0xbf } },
	{ 3, { 0xee, 0x80, 0x80 }, { 0xef, 0xbf, 0xbf } },
	{ 4, { 0xf0, 0x90, 0x80, 0x80 }, { 0xf0, 0xbf, 0xbf, 0xbf } },
	{ 4, { 0xf1, 0x80, 0x80, 0x80 }, { 0xf3, 0xbf, 0xbf, 0xbf } },
	{ 4, { 0xf4, 0x80, 0x80, 0x80 }, { 0xf4, 0x8f, 0xbf, 0xbf } },
};

/* Octets of the well-formed character at @text, of which @left are there; or 0. */
static unsigned int judge(const u8 *text, unsigned int left)
{
	unsigned int f, i;

	for (f = 0; f < ARRAY_SIZE(forms); f++) {
		for (i = 0; i < forms[f].length && i < left; i++) {
			if (text[i] < forms[f].least[i] || text[i] > forms[f].most[i])
				break;
		}
		if (i == forms[f].length)
			return i;
	}
	return 0;
}

/* Have @length octets in a field of @size; compare with what the judge says. */
static void try(const u8 *octets, unsigned int length, unsigned int size)
{
	const unsigned int used = min(length, size);
	char *from = malloc(length + 1), *to = malloc(size);
	u8 wanted[STRING_MAX] = { };
	unsigned int i = 0, n;

	memcpy(from, octets, length);
	from[length] = 0;
	memset(to, 0xaa, size);
	nfl_utf8_set(to, size, from);
	while (i < used) {
		n = judge(octets + i, used - i);
		if (n)
			memcpy(wanted + i, octets + i, n);
		else
			wanted[i] = '?';
		i += n ?: 1;
	}
	check(!memcmp(to, wanted, size), "%u octets, %02x %02x %02x %02x ..., in %u: got \"%.*s\"",
	      length, octets[0], octets[1], octets[2], octets[3], size, size, to);
	free(from);
	free(to);
}

/* Every string of one and two octets, and of three that can be one character. */
static void test_short(void)
{
	u8 octets[STRING_MAX] = { };
	unsigned int a, b, c;

	for (a = 1; a < 256; a++) {
		octets[0] = a;
		octets[1] = 0;
		try(octets, 1, 4);
		for (b = 1; b < 256; b++) {
			octets[1] = b;
			octets[2] = 0;
			try(octets, 2, 4);
			for (c = 0x7f; a >= 0xe0 && c < 0xc2; c++) {
				octets[2] = c;
				try(octets, 3, 4);
			}
		}
	}
	test("every string of one and two octets, and of three");
}

/* Every first and second octet of four, with third and fourth at their bounds. */
static void test_long(void)
{
	static const u8 ends[] = { 0x01, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	u8 octets[STRING_MAX] = { };
	unsigned int a, b, c, d;

	for (a = 0xe0; a < 256; a++) {
		for (b = 1; b < 256; b++) {
			for (c = 0; c < ARRAY_SIZE(ends); c++) {
				for (d = 0; d < ARRAY_SIZE(ends); d++) {
					octets[0] = a;
					octets[1] = b;
					octets[2] = ends[c];
					octets[3] = ends[d];
					try(octets, 4, 4);
				}
			}
		}
	}
	test("strings of four octets");
}

/* Characters and nonsense in a row, longer and shorter than the field. */
static void test_rows(void)
{
	u8 octets[STRING_MAX];
	unsigned int i, length, n;

	for (i = 0; i < 1000000; i++) {
		memset(octets, 0, sizeof(octets));
		for (length = 0; length + 4 <= STRING_MAX;) {
			const struct form *form = &forms[random_below(ARRAY_SIZE(forms))];

			for (n = 0; n < form->length; n++)
				octets[length + n] = form->least[n] +
					random_below(form->most[n] - form->least[n] + 1);
			if (!random_below(3))
				octets[length + random_below(form->length)] =
					1 + random_below(255);
			length += form->length;
		}
		try(octets, length, 1 + random_below(STRING_MAX));
	}
	test("strings of characters, cut off");
}

int main(void)
{
	tap_begin();
	test_short();
	test_long();
	test_rows();
	return tap_end();
}

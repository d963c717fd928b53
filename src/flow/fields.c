// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of the setting `fields`.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "flow/fields.h"

/* Indexed by enum nfl_extra. */
static const char *const words[NFL_EXTRA_WORDS] = {
#define X(name, word, ...) word,
	NFL_EXTRA_FIELDS(X)
#undef X
};

static int find(const char *word, size_t length)
{
	int i;

	for (i = 0; i < NFL_EXTRA_WORDS; i++) {
		if (strlen(words[i]) == length && !memcmp(words[i], word, length))
			return i;
	}
	return -EINVAL;
}

/**
 * nfl_fields_parse() - parse a list of words
 * @text: words, separated by commas, spaces or both
 * @extras: set to the extra fields
 *
 * Return: 0, or -EINVAL if a word is unknown.
 */
int nfl_fields_parse(const char *text, u16 *extras)
{
	static const char separators[] = ", \t\n";
	u16 set = 0;

	for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
		const size_t length = strcspn(text, separators);
		const int extra = find(text, length);

		if (extra < 0)
			return extra;
		set |= BIT(extra);
		text += length;
	}
	*extras = set;
	return 0;
}

/**
 * nfl_fields_print() - print the words of a set, separated by commas
 * @extras: the extra fields
 * @text: the buffer
 * @size: size of the buffer
 *
 * Return: the length.
 */
size_t nfl_fields_print(u16 extras, char *text, size_t size)
{
	size_t length = 0;
	int i;

	if (size)
		*text = '\0';
	for (i = 0; i < NFL_EXTRA_WORDS; i++) {
		if (nfl_extra_has(extras, i))
			length += scnprintf(text + length, size - length, "%s%s",
					    length ? "," : "", words[i]);
	}
	return length;
}

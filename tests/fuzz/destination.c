// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the parser of destinations. An accepted text is printed by the names of its
 * destinations and parsed again; the result must be the same. A rejected text must leave
 * no memory allocated.
 */
#include <linux/slab.h>

#include "../../src/flow/fields.c"
#include "../../src/transport/collector.c"
#include "../../src/transport/destination.c"

#define NAMES_MAX	65536

/* Return true if @text was accepted; @names is set to the names of the destinations. */
static bool parse(const char *text, char *names)
{
	const struct nfl_destination *destination;
	LIST_HEAD(list);
	char *at = names;
	unsigned int i;
	int error;

	error = nfl_destinations_parse(text, &list);
	*at = '\0';
	list_for_each_entry(destination, &list, list) {
		for (i = 0; i < destination->count; i++)
			at += snprintf(at, names + NAMES_MAX - at, "%s%c",
				       destination->collector[i].name,
				       i + 1 == destination->count ? ' ' :
				       destination->shares ? '&' : '|');
	}
	nfl_destinations_free(&list);
	if ((error && error != -EINVAL) || shim_alloc_out) {
		fprintf(stderr, "error %d, %zu octets are lost\n", error, shim_alloc_out);
		abort();
	}
	return !error;
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	static char first[NAMES_MAX], second[NAMES_MAX];
	char *text;
	bool good;

	/* limit the size so that @names, which may be longer than the text, has room */
	if (size > 2048)
		return 0;
	text = malloc(size + 1);
	memcpy(text, input, size);
	text[size] = '\0';
	good = parse(text, first);
	free(text);
	if (good && (!parse(first, second) || strcmp(first, second))) {
		fprintf(stderr, "\"%s\" became \"%s\"\n", first, second);
		abort();
	}
	return 0;
}

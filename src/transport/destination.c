// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a setting "destination": items with any of ",; \t\n" between them.
 *
 * An item has one or several collectors. With '|' between them, the first one that is alive
 * receives all; with '&' they share the load. A collector is ADDRESS[:PORT][@SOURCE][%INTERFACE]
 * (collector.c) and words, each behind a slash: a protocol (5, 9 or 10, or v5, v9, ipfix),
 * what is sent (flows, nat, fields=mac+vlan), and how (words with a number, source=,
 * interface=). What is sent holds for all collectors of the item. The text is parsed whole, or
 * it is refused.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "flow/fields.h"
#include "transport/block.h"
#include "transport/destination.h"

#define SEPARATORS	",; \t\n"

#define HOST_NAME	\
	"is a host name, which the kernel cannot look up: give its address ('getent ahosts NAME')"
#define LINK_LOCAL	\
	"is a link-local address: give its interface, as in [fe80::1%eth0]:2055"

/* A piece of the text. */
struct piece {
	const char *text;
	const char *end;
};

static size_t length_of(const struct piece *piece)
{
	return piece->end - piece->text;
}

static bool equals(const struct piece *piece, const char *word)
{
	return strlen(word) == length_of(piece) && !memcmp(word, piece->text, length_of(piece));
}

/* Say what is wrong; the caller says then what the setting accepts. */
static int refuse_piece(const struct piece *piece, const char *why)
{
	pr_err_ratelimited("destination: '%.*s' %s\n", (int)length_of(piece), piece->text, why);
	return -EINVAL;
}

/* Take the next piece up to a delimiter from @rest. Returns false if there is none. */
static bool next_piece(struct piece *rest, char delimiter, struct piece *piece)
{
	const char *end;

	if (!rest->text)
		return false;
	end = memchr(rest->text, delimiter, length_of(rest));
	*piece = (struct piece) { rest->text, end ?: rest->end };
	rest->text = end ? end + 1 : NULL;
	return true;
}

static const struct {
	const char *name;
	u8 version;
} protocols[] = {
	{ "5", 5 }, { "v5", 5 }, { "9", 9 }, { "v9", 9 }, { "10", 10 }, { "ipfix", 10 },
};

static const struct {
	const char *name;
	u8 log;
} contents[] = {
	{ "flows", BIT(NFL_LOG_FLOWS) }, { "nat", BIT(NFL_LOG_EVENTS) },
};

static const struct {
	const char *name;
	u32 least;
	u32 most;
} numbers[] = {
#define X(name, ...)	\
	[NFL_COLLECTOR_##name] = { __VA_ARGS__ },
	NFL_COLLECTOR_NUMBERS(X)
#undef X
};

/* Units of a rate, in octets per second. One without a unit is in bits per second. */
static const struct {
	const char *name;
	u32 octets;
} units[] = {
	{ "k", 125 }, { "kbit", 125 }, { "m", 125000 }, { "mbit", 125000 },
	{ "g", 125000000 }, { "gbit", 125000000 },
};

/* Parse a number, hexadecimal with 0x in front of it, else decimal. */
static int word_number(const struct piece *piece, u64 *value)
{
	char digits[16];

	if (!length_of(piece) || length_of(piece) >= sizeof(digits) || !isdigit(*piece->text))
		return -EINVAL;
	memcpy(digits, piece->text, length_of(piece));
	digits[length_of(piece)] = '\0';
	return kstrtou64(digits, tolower(digits[1]) == 'x' ? 16 : 10, value);
}

/* Parse bits per second, with or without a unit; the value is in octets per second. */
static int word_rate(const struct piece *piece, u64 *value)
{
	struct piece number = *piece, unit = *piece;
	unsigned int i;
	int err;

	while (number.end > number.text && isalpha(number.end[-1]))
		number.end--;
	unit.text = number.end;
	err = word_number(&number, value);
	if (err || *value > U32_MAX)
		return -EINVAL;
	if (!length_of(&unit) || equals(&unit, "bit")) {
		*value /= 8;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (equals(&unit, units[i].name)) {
			*value *= units[i].octets;
			return 0;
		}
	}
	return -EINVAL;
}

/* Parse NUMBER of a word WORD=NUMBER. */
static int number_word(const struct piece *word, const struct piece *argument,
		       unsigned int index, struct nfl_collector *collector)
{
	u64 value;
	int err;

	err = index == NFL_COLLECTOR_RATE ? word_rate(argument, &value) :
					    word_number(argument, &value);
	if (err)
		return refuse_piece(word, "has no number that is understood");
	if (value < numbers[index].least || value > numbers[index].most)
		return refuse_piece(word, "has a number that is too small or too large");
	collector->numbers |= BIT(index);
	collector->number[index] = value;
	return 0;
}

/* Words of fields, with + between them, or none. */
static int fields_word(const struct piece *word, const struct piece *argument,
		       struct nfl_destination *destination)
{
	char text[NFL_FIELDS_MAX], *plus;
	u16 fields = 0;

	if (length_of(argument) >= sizeof(text))
		return refuse_piece(word, "is too long");
	memcpy(text, argument->text, length_of(argument));
	text[length_of(argument)] = '\0';
	for (plus = text; (plus = strchr(plus, '+')); )
		*plus = ',';
	if (!equals(argument, "none") && (nfl_fields_parse(text, &fields) || !fields))
		return refuse_piece(word, "has an unknown word: use those of fields with a +");
	if (destination->has_fields && destination->fields != fields)
		return refuse_piece(word, "differs from other fields of this destination");
	destination->has_fields = true;
	destination->fields = fields;
	return 0;
}

/* WORD=ARGUMENT. */
static int argument_word(const struct piece *word, struct nfl_destination *destination,
			 struct nfl_collector *collector)
{
	const char *sign = memchr(word->text, '=', length_of(word));
	const struct piece name = { word->text, sign };
	const struct piece argument = { sign + 1, word->end };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (equals(&name, numbers[i].name))
			return number_word(word, &argument, i, collector);
	}
	if (equals(&name, "fields"))
		return fields_word(word, &argument, destination);
	if (equals(&name, "source"))
		return nfl_collector_parse_source(argument.text, argument.end, collector) ?
		       refuse_piece(word, "has no address") : 0;
	if (equals(&name, "interface"))
		return nfl_collector_parse_interface(argument.text, argument.end, collector) ?
		       refuse_piece(word, "has no name of an interface, or another") : 0;
	return refuse_piece(word, "is unknown");
}

/* What comes behind a slash. @logs: set to what is to be sent, if it says so. */
static int parse_word(const struct piece *word, struct nfl_destination *destination,
		      struct nfl_collector *collector, u8 *logs)
{
	unsigned int i;

	if (memchr(word->text, '=', length_of(word)))
		return argument_word(word, destination, collector);
	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (!equals(word, protocols[i].name))
			continue;
		if (collector->version)
			return refuse_piece(word, "is a second protocol");
		collector->version = protocols[i].version;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(contents); i++) {
		if (equals(word, contents[i].name)) {
			*logs |= contents[i].log;
			return 0;
		}
	}
	return refuse_piece(word, "is unknown");
}

static bool is_link_local(const struct sockaddr_storage *address)
{
	const u8 *octets = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;

	return address->ss_family == AF_INET6 && octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
}

/* Does it look like a host name? No address has a letter beyond f, but for the port's p. */
static bool is_host_name(const struct piece *piece)
{
	const char *at;

	for (at = piece->text; at < piece->end; at++) {
		if (!isalnum(*at) && *at != '-' && *at != '.')
			return false;
		if (isalpha(*at) && tolower(*at) > 'f' &&
		    (tolower(*at) != 'p' || at == piece->text))
			return true;
	}
	return false;
}

static int parse_collector(const struct piece *text, struct nfl_destination *destination,
			   struct nfl_collector *collector, u8 *logs)
{
	struct piece rest = *text, piece;
	int err;

	next_piece(&rest, '/', &piece);
	if (nfl_collector_parse_endpoints(piece.text, piece.end, collector))
		return refuse_piece(&piece, is_host_name(&piece) ? HOST_NAME :
				    "is not understood");
	while (next_piece(&rest, '/', &piece)) {
		err = parse_word(&piece, destination, collector, logs);
		if (err)
			return err;
	}
	if (collector->source.ss_family &&
	    collector->source.ss_family != collector->address.ss_family)
		return refuse_piece(text, "has a source of another address family");
	if (is_link_local(&collector->address) && !collector->interface[0])
		return refuse_piece(text, LINK_LOCAL);
	nfl_collector_set_name(collector);
	return 0;
}

/* Add to the names what is sent, so that they are those of different sessions. */
static void name_content(struct nfl_destination *destination)
{
	char text[NFL_FIELDS_MAX] = "none", *comma;
	unsigned int i;

	if (destination->fields)
		nfl_fields_print(destination->fields, text, sizeof(text));
	for (comma = text; (comma = strchr(comma, ',')); )
		*comma = '+';
	for (i = 0; i < destination->count; i++) {
		char *name = destination->collector[i].name;
		size_t length = strlen(name);

		if (destination->logs == BIT(NFL_LOG_FLOWS))
			length += scnprintf(name + length, NFL_COLLECTOR_NAME - length, "/flows");
		if (destination->logs == BIT(NFL_LOG_EVENTS))
			length += scnprintf(name + length, NFL_COLLECTOR_NAME - length, "/nat");
		if (destination->has_fields)
			scnprintf(name + length, NFL_COLLECTOR_NAME - length, "/fields=%s", text);
	}
}

static unsigned int count_of(const struct piece *piece, char which)
{
	unsigned int count = 0;
	const char *at;

	for (at = piece->text; at < piece->end; at++)
		count += *at == which;
	return count;
}

static bool has_twins(const struct nfl_destination *destination)
{
	unsigned int i, j;

	for (i = 0; i < destination->count; i++) {
		for (j = 0; j < i; j++) {
			if (!strcmp(destination->collector[i].name, destination->collector[j].name))
				return true;
		}
	}
	return false;
}

/* Parse an item. Returns an error pointer if it is refused. */
static struct nfl_destination *parse_item(const struct piece *item)
{
	const unsigned int alternatives = count_of(item, '|'), shares = count_of(item, '&');
	const unsigned int count = alternatives + shares + 1;
	struct nfl_destination *destination;
	struct piece rest = *item, piece;
	u8 logs = 0;
	int err = 0;

	if (alternatives && shares)
		return ERR_PTR(refuse_piece(item, "has both | and &"));
	if (count > NFL_COLLECTORS_MAX)
		return ERR_PTR(refuse_piece(item, "has more than 16 collectors"));
	destination = kzalloc(struct_size(destination, collector, count), GFP_KERNEL);
	if (!destination)
		return ERR_PTR(-ENOMEM);
	destination->shares = shares;
	while (!err && next_piece(&rest, shares ? '&' : '|', &piece)) {
		u8 one = 0;

		err = parse_collector(&piece, destination,
				      &destination->collector[destination->count++], &one);
		if (!err && one && logs && one != logs)
			err = refuse_piece(item, "has collectors of different content");
		logs |= one;
	}
	if (err) {
		kfree(destination);
		return ERR_PTR(err);
	}
	destination->logs = logs ?: BIT(NFL_LOG_FLOWS) | BIT(NFL_LOG_EVENTS);
	name_content(destination);
	if (has_twins(destination)) {
		kfree(destination);
		return ERR_PTR(refuse_piece(item, "has a collector twice"));
	}
	return destination;
}

static bool is_same(const struct nfl_destination *a, const struct nfl_destination *b)
{
	unsigned int i;

	if (a->count != b->count || a->shares != b->shares)
		return false;
	for (i = 0; i < a->count; i++) {
		if (strcmp(a->collector[i].name, b->collector[i].name))
			return false;
	}
	return true;
}

static bool is_known(const struct list_head *destinations, const struct nfl_destination *one)
{
	const struct nfl_destination *other;

	list_for_each_entry(other, destinations, list) {
		if (is_same(other, one))
			return true;
	}
	return false;
}

/**
 * nfl_destinations_parse() - parse the text of a setting "destination"
 * @text: the text; empty for no destination
 * @destinations: list to which what is found is added
 *
 * A destination that was given before is left out.
 *
 * Return: 0; -EINVAL if any of it cannot be parsed, which is logged; -ENOMEM. In either case
 * what was added is the caller's to free.
 */
int nfl_destinations_parse(const char *text, struct list_head *destinations)
{
	for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
		const struct piece item = { text, text + strcspn(text, SEPARATORS) };
		struct nfl_destination *destination = parse_item(&item);

		if (IS_ERR(destination))
			return PTR_ERR(destination);
		if (is_known(destinations, destination))
			kfree(destination);
		else
			list_add_tail(&destination->list, destinations);
		text = item.end;
	}
	return 0;
}

/**
 * nfl_destinations_free() - free destinations
 * @destinations: list of them
 */
void nfl_destinations_free(struct list_head *destinations)
{
	struct nfl_destination *destination, *next;

	list_for_each_entry_safe(destination, next, destinations, list) {
		list_del(&destination->list);
		kfree(destination);
	}
}

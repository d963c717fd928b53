// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a setting "destination", and the list that it means.
 *
 * ADDRESS[:PORT][@SOURCE][%INTERFACE][/PROTOCOL], several with any of ",; \t\n"
 * between them. An IPv6 address is in brackets where a port follows, or the port
 * follows a '#', a 'p' or, as ipt-netflow took it too, a '.'. A port may be hexadecimal.
 * A protocol is 5, 9 or 10, or as people call it: v5, v9,
 * ipfix. The text is parsed whole, or it is refused.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "transport/destination.h"

#define DEFAULT_PORT	2055
#define SEPARATORS	",; \t\n"

static bool is_ipv6(const char *text, const char *end)
{
	const char *colon = memchr(text, ':', end - text);

	return colon && memchr(colon + 1, ':', end - colon - 1);
}

/*
 * Parse an address at *@text, which ends at @end at the latest. Moves *@text
 * behind it.
 */
static int parse_address(const char **text, const char *end, struct sockaddr_storage *address)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	const char *from = *text;

	memset(address, 0, sizeof(*address));
	if (from < end && *from == '[') {
		const char *close = memchr(from, ']', end - from);

		if (!close || !in6_pton(from + 1, close - from - 1, in6->sin6_addr.s6_addr, -1,
					NULL))
			return -EINVAL;
		in6->sin6_family = AF_INET6;
		*text = close + 1;
		return 0;
	}
	if (is_ipv6(from, end)) {
		const char *stop = from;

		while (stop < end && *stop != 'p' && *stop != '#')
			stop++;
		if (!in6_pton(from, stop - from, in6->sin6_addr.s6_addr, -1, NULL)) {
			/* addresses may have dots as well, and then have three of them */
			for (stop = end; stop > from && *stop != '.'; stop--)
				;
			if (!in6_pton(from, stop - from, in6->sin6_addr.s6_addr, -1, NULL))
				return -EINVAL;
		}
		in6->sin6_family = AF_INET6;
		*text = stop;
		return 0;
	}
	*text = memchr(from, ':', end - from) ?: end;
	if (!in4_pton(from, *text - from, (u8 *)&in->sin_addr, -1, NULL))
		return -EINVAL;
	in->sin_family = AF_INET;
	return 0;
}

static int parse_port(const char *text, const char *end, struct sockaddr_storage *address)
{
	const char *delimiters = address->ss_family == AF_INET6 ? ":#p." : ":";
	char digits[8];
	u16 port;

	if (text == end) {
		port = DEFAULT_PORT;
	} else {
		const size_t length = end - text - 1;

		if (!strchr(delimiters, *text) || !length || length >= sizeof(digits) ||
		    !isdigit(text[1]))
			return -EINVAL;
		memcpy(digits, text + 1, length);
		digits[length] = '\0';
		/* not octal: who writes zeros in front of a port means a decimal one */
		if (kstrtou16(digits, tolower(digits[1]) == 'x' ? 16 : 10, &port) || !port)
			return -EINVAL;
	}
	/* IPv4 and IPv6 socket addresses have the port at the same place */
	((struct sockaddr_in *)address)->sin_port = htons(port);
	return 0;
}

static int parse_protocol(const char *text, const char *end, u8 *version)
{
	static const struct {
		const char *name;
		u8 version;
	} protocols[] = {
		{ "5", 5 }, { "v5", 5 }, { "9", 9 }, { "v9", 9 }, { "10", 10 }, { "ipfix", 10 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (strlen(protocols[i].name) == end - text &&
		    !memcmp(protocols[i].name, text, end - text)) {
			*version = protocols[i].version;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_endpoints(const char *text, const char *end, struct nfl_destination *destination)
{
	const char *interface = memchr(text, '%', end - text);
	const char *address_end = interface ?: end;
	const char *source = memchr(text, '@', address_end - text);

	if (interface) {
		const size_t length = end - interface - 1;

		if (!length || length >= IFNAMSIZ)
			return -EINVAL;
		memcpy(destination->interface, interface + 1, length);
		if (!dev_valid_name(destination->interface))
			return -EINVAL;
	}
	if (source) {
		const char *at = source + 1;

		if (parse_address(&at, address_end, &destination->source) || at != address_end)
			return -EINVAL;
		address_end = source;
	}
	if (parse_address(&text, address_end, &destination->address))
		return -EINVAL;
	if (source && destination->source.ss_family != destination->address.ss_family)
		return -EINVAL;
	return parse_port(text, address_end, &destination->address);
}

/* No other part may have a slash. */
static int parse_destination(const char *text, const char *end, struct nfl_destination *destination)
{
	const char *slash = memchr(text, '/', end - text);

	if (slash && parse_protocol(slash + 1, end, &destination->version))
		return -EINVAL;
	return parse_endpoints(text, slash ?: end, destination);
}

static void set_name(struct nfl_destination *destination)
{
	size_t length;

	length = scnprintf(destination->name, sizeof(destination->name), "%pISpc",
			   &destination->address);
	if (destination->source.ss_family)
		length += scnprintf(destination->name + length,
				    sizeof(destination->name) - length, "@%pISc",
				    &destination->source);
	if (destination->interface[0])
		length += scnprintf(destination->name + length,
				    sizeof(destination->name) - length, "%%%s",
				    destination->interface);
	if (destination->version)
		scnprintf(destination->name + length, sizeof(destination->name) - length, "/%u",
			  destination->version);
}

static bool is_known(const struct list_head *destinations, const struct nfl_destination *one)
{
	const struct nfl_destination *other;

	list_for_each_entry(other, destinations, list) {
		if (!strcmp(other->name, one->name))
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
 * Return: 0; -EINVAL if any of it cannot be parsed, -ENOMEM. In either case
 * what was added is the caller's to free.
 */
int nfl_destinations_parse(const char *text, struct list_head *destinations)
{
	for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
		const char *end = text + strcspn(text, SEPARATORS);
		struct nfl_destination *destination;

		destination = kzalloc(sizeof(*destination), GFP_KERNEL);
		if (!destination)
			return -ENOMEM;
		if (parse_destination(text, end, destination)) {
			kfree(destination);
			return -EINVAL;
		}
		set_name(destination);
		if (is_known(destinations, destination))
			kfree(destination);
		else
			list_add_tail(&destination->list, destinations);
		text = end;
	}
	return 0;
}

/**
 * nfl_destinations_free() - free destinations that were never sent to
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a collector's end points: ADDRESS[:PORT][@SOURCE][%INTERFACE].
 *
 * An IPv6 address is in brackets if a port follows, or the port follows a '#', a 'p' or, as
 * ipt-netflow accepted it too, a '.'. An interface may be in the brackets, as in a URL. A port
 * may be hexadecimal.
 *
 * Context of all functions: any.
 */
#include <linux/ctype.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "transport/collector.h"

#define DEFAULT_PORT	2055

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
		/* not octal: with zeros in front of it a port is decimal, too */
		if (kstrtou16(digits, tolower(digits[1]) == 'x' ? 16 : 10, &port) || !port)
			return -EINVAL;
	}
	/* IPv4 and IPv6 socket addresses have the port at the same place */
	((struct sockaddr_in *)address)->sin_port = htons(port);
	return 0;
}

/**
 * nfl_collector_parse_source() - parse the address to send from
 * @text: the address
 * @end: its end
 * @collector: filled
 *
 * Return: 0 or -EINVAL.
 */
int nfl_collector_parse_source(const char *text, const char *end,
			       struct nfl_collector *collector)
{
	return parse_address(&text, end, &collector->source) || text != end ? -EINVAL : 0;
}

/**
 * nfl_collector_parse_interface() - parse the name of the interface to send by
 * @text: the name
 * @end: its end
 * @collector: filled
 *
 * Return: 0, or -EINVAL; also if another interface was given before.
 */
int nfl_collector_parse_interface(const char *text, const char *end,
				  struct nfl_collector *collector)
{
	char name[IFNAMSIZ] = "";
	const size_t length = end - text;

	if (!length || length >= sizeof(name))
		return -EINVAL;
	memcpy(name, text, length);
	if (!dev_valid_name(name))
		return -EINVAL;
	if (collector->interface[0] && strcmp(collector->interface, name))
		return -EINVAL;
	memcpy(collector->interface, name, sizeof(name));
	return 0;
}

/* An address in brackets may have an interface: copy it without, and parse the interface. */
static int parse_scope(const char **text, const char *end, char *copy, size_t size,
		       struct nfl_collector *collector)
{
	const char *close = **text == '[' ? memchr(*text, ']', end - *text) : NULL;
	const char *percent = close ? memchr(*text, '%', close - *text) : NULL;
	const size_t head = percent ? percent - *text : 0;

	if (!percent)
		return 0;
	if (head + (end - close) >= size ||
	    nfl_collector_parse_interface(percent + 1, close, collector))
		return -EINVAL;
	memcpy(copy, *text, head);
	memcpy(copy + head, close, end - close);
	copy[head + (end - close)] = '\0';
	*text = copy;
	return 0;
}

/**
 * nfl_collector_parse_endpoints() - parse ADDRESS[:PORT][@SOURCE][%INTERFACE]
 * @text: the text
 * @end: its end
 * @collector: filled, all 0
 *
 * Return: 0 or -EINVAL.
 */
int nfl_collector_parse_endpoints(const char *text, const char *end,
				  struct nfl_collector *collector)
{
	const char *interface, *source, *address_end;
	char copy[NFL_COLLECTOR_NAME];

	if (text == end)
		return -EINVAL;
	if (parse_scope(&text, end, copy, sizeof(copy), collector))
		return -EINVAL;
	if (text == copy)
		end = copy + strlen(copy);
	interface = memchr(text, '%', end - text);
	address_end = interface ?: end;
	if (interface && nfl_collector_parse_interface(interface + 1, end, collector))
		return -EINVAL;
	source = memchr(text, '@', address_end - text);
	if (source && nfl_collector_parse_source(source + 1, address_end, collector))
		return -EINVAL;
	address_end = source ?: address_end;
	if (parse_address(&text, address_end, &collector->address))
		return -EINVAL;
	return parse_port(text, address_end, &collector->address);
}

/**
 * nfl_collector_set_name() - write a collector's identity as text
 * @collector: the collector
 */
void nfl_collector_set_name(struct nfl_collector *collector)
{
	char *name = collector->name;
	const size_t size = sizeof(collector->name);
	size_t length;

	length = scnprintf(name, size, "%pISpc", &collector->address);
	if (collector->source.ss_family)
		length += scnprintf(name + length, size - length, "@%pISc", &collector->source);
	if (collector->interface[0])
		length += scnprintf(name + length, size - length, "%%%s", collector->interface);
	if (collector->version)
		scnprintf(name + length, size - length, "/%u", collector->version);
}

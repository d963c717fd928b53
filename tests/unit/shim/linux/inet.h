/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_INET_H
#define SHIM_LINUX_INET_H

#include "../kernel.h"
#include "kstrtox.h"

/*
 * Addresses and numbers from text and back. The kernel parses up to a delimiter,
 * of which there is none for those who give -1, as all do here: the text is an
 * address from its first octet to its last.
 */
static inline int shim_pton(int family, const char *text, int length, u8 *to)
{
	char copy[INET6_ADDRSTRLEN + 1];

	if (length < 0 || length >= (int)sizeof(copy))
		return 0;
	memcpy(copy, text, length);
	copy[length] = '\0';
	/* an octet of zero would hide what is behind it */
	return strlen(copy) == (size_t)length && inet_pton(family, copy, to) == 1;
}

static inline int in4_pton(const char *text, int length, u8 *to, int delimiter, const char **end)
{
	assert(delimiter == -1 && !end);
	return shim_pton(AF_INET, text, length, to);
}

static inline int in6_pton(const char *text, int length, u8 *to, int delimiter, const char **end)
{
	assert(delimiter == -1 && !end);
	return shim_pton(AF_INET6, text, length, to);
}

/* %pISc: address; %pISpc: address and port, an IPv6 address in brackets. */
static inline int shim_sockaddr(char *to, size_t size, const void *address, bool port)
{
	const struct sockaddr_in6 *in6 = address;
	const struct sockaddr_in *in = address;
	char text[INET6_ADDRSTRLEN];

	if (in->sin_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		return port ? snprintf(to, size, "[%s]:%u", text, ntohs(in6->sin6_port)) :
			      snprintf(to, size, "%s", text);
	}
	assert(in->sin_family == AF_INET);
	inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	return port ? snprintf(to, size, "%s:%u", text, ntohs(in->sin_port)) :
		      snprintf(to, size, "%s", text);
}

/* Returns what was written, not what would have been. */
static inline int scnprintf(char *to, size_t size, const char *format, ...)
{
	char *at = to;
	va_list list;

	va_start(list, format);
	while (*format) {
		const size_t left = size - (at - to);
		int length;

		if (!strncmp(format, "%pISpc", 6)) {
			length = shim_sockaddr(at, left, va_arg(list, void *), true);
			format += 6;
		} else if (!strncmp(format, "%pISc", 5)) {
			length = shim_sockaddr(at, left, va_arg(list, void *), false);
			format += 5;
		} else if (!strncmp(format, "%s", 2)) {
			length = snprintf(at, left, "%s", va_arg(list, char *));
			format += 2;
		} else if (!strncmp(format, "%u", 2)) {
			length = snprintf(at, left, "%u", va_arg(list, unsigned int));
			format += 2;
		} else if (!strncmp(format, "%x", 2)) {
			length = snprintf(at, left, "%x", va_arg(list, unsigned int));
			format += 2;
		} else if (!strncmp(format, "%lld", 4)) {
			length = snprintf(at, left, "%lld", va_arg(list, long long));
			format += 4;
		} else {
			assert(*format != '%' || format[1] == '%');
			length = snprintf(at, left, "%c", *format);
			format += *format == '%' ? 2 : 1;
		}
		assert((size_t)length < left);	/* nobody here wants it cut */
		at += length;
	}
	va_end(list);
	return at - to;
}

#endif /* SHIM_LINUX_INET_H */

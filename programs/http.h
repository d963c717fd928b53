/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A web server with one page.
 */
#ifndef PROGRAMS_HTTP_H
#define PROGRAMS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_CONNECTIONS	32

/**
 * struct http_connection - somebody who asks
 * @fd: the socket, -1 where there is no connection
 * @deadline: when we lose patience, nanoseconds of CLOCK_MONOTONIC
 * @request: what has come
 * @length: of it
 * @head: no page is asked for, but what goes before it
 * @answer: what is to be sent; NULL while the request is not complete
 * @answer_length: of it
 * @sent: how much has been sent
 */
struct http_connection {
	int fd;
	int64_t deadline;
	char request[4096];
	size_t length;
	bool head;
	char *answer;
	size_t answer_length;
	size_t sent;
};

/**
 * struct http - the server
 * @fd: the socket that is listened on, -1 for none
 * @page: makes the page anew for each who asks: memory to be freed, and its length
 * @connections: those there are
 */
struct http {
	int fd;
	char *(*page)(size_t *length);
	struct http_connection connections[HTTP_CONNECTIONS];
};

void http_init(struct http *http, char *(*page)(size_t *length));
void http_listen(struct http *http, const char *address);
void http_serve(struct http *http, int64_t until);

#endif /* PROGRAMS_HTTP_H */

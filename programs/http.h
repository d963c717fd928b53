/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An HTTP server with one page.
 */
#ifndef PROGRAMS_HTTP_H
#define PROGRAMS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_CONNECTIONS	32

/**
 * struct http_connection - a client's connection
 * @fd: the socket, -1 if unused
 * @deadline: time when the connection is closed, nanoseconds of CLOCK_MONOTONIC
 * @request: the request, as received so far
 * @length: length of @request
 * @head: the request is HEAD: the response has no body
 * @answer: the response; NULL until the request is complete
 * @answer_length: length of @answer
 * @sent: octets of @answer that have been sent
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
 * @fd: the listening socket, -1 for none
 * @page: generates the page for each request; returns memory to be freed, and its length
 * @connections: the connections
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

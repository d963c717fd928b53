// SPDX-License-Identifier: GPL-2.0-only
/*
 * An HTTP server for a few requests per minute: one page, one process, up to HTTP_CONNECTIONS
 * connections at a time. A connection is closed after its response or after a timeout.
 */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"

#define PATIENCE	(10 * 1000000000LL)

/**
 * http_init() - initialise a server that does not listen yet
 * @http: the server, filled in here
 * @page: generates the page
 */
void http_init(struct http *http, char *(*page)(size_t *length))
{
	unsigned int i;

	memset(http, 0, sizeof(*http));
	http->fd = -1;
	http->page = page;
	for (i = 0; i < HTTP_CONNECTIONS; i++)
		http->connections[i].fd = -1;
}

/* Split "HOST:PORT", "[HOST]:PORT" or ":PORT"; an empty host means any address. */
static void split(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		errx(2, "--listen needs ADDRESS:PORT, not \"%s\"", text);
	*colon = '\0';
	*port = colon + 1;
	*host = text;
	if (*text == '[' && colon[-1] == ']') {
		*host = text + 1;
		colon[-1] = '\0';
	}
}

/* Return a listening socket, or -1 with errno set. */
static int listener(const char *address, const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *found;
	const int on = 1, off = 0;
	int error, fd;

	error = getaddrinfo(host, port, &hints, &found);
	if (error)
		errx(2, "--listen %s: %s", address, gai_strerror(error));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
			(!strcmp(host, "::") &&
			 setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off))) ||
			bind(fd, found->ai_addr, found->ai_addrlen) || listen(fd, 16))) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/**
 * http_listen() - open the listening socket
 * @http: the server
 * @address: ADDRESS:PORT; without ADDRESS, all IPv4 and IPv6 addresses
 *
 * Exits the program on failure.
 */
void http_listen(struct http *http, const char *address)
{
	char *copy = strdup(address), *host, *port;

	if (!copy)
		err(1, NULL);
	split(copy, &host, &port);
	http->fd = listener(address, *host ? host : "::", port);
	/* the kernel may lack IPv6 */
	if (http->fd < 0 && !*host)
		http->fd = listener(address, "0.0.0.0", port);
	if (http->fd < 0)
		err(1, "--listen %s", address);
	free(copy);
}

static void hang_up(struct http_connection *connection)
{
	close(connection->fd);
	free(connection->answer);
	connection->fd = -1;
	connection->answer = NULL;
}

static void answer(struct http_connection *connection, const char *status, const char *type,
		   const char *page, size_t length)
{
	FILE *out = open_memstream(&connection->answer, &connection->answer_length);

	if (!out)
		err(1, NULL);
	fprintf(out, "HTTP/1.1 %s\r\nContent-Type: %s\r\n", status, type);
	fprintf(out, "Content-Length: %zu\r\nConnection: close\r\n\r\n", length);
	if (!connection->head)
		fwrite(page, 1, length, out);
	fclose(out);
	connection->sent = 0;
}

static void answer_text(struct http_connection *connection, const char *status, const char *text)
{
	answer(connection, status, "text/plain; charset=utf-8", text, strlen(text));
}

/* Whether the request target is @path, with or without a query. */
static bool asks_for(const char *target, const char *path)
{
	const size_t length = strlen(path);

	return !strncmp(target, path, length) && strchr(" ?", target[length]);
}

static void answer_request(struct http *http, struct http_connection *connection)
{
	const char *request = connection->request, *target;
	size_t length;
	char *page;

	connection->head = !strncmp(request, "HEAD ", 5);
	if (!connection->head && strncmp(request, "GET ", 4)) {
		answer_text(connection, "405 Method Not Allowed", "only GET and HEAD\n");
		return;
	}
	target = request + (connection->head ? 5 : 4);
	if (asks_for(target, "/metrics")) {
		page = http->page(&length);
		answer(connection, "200 OK", "text/plain; version=0.0.4; charset=utf-8", page,
		       length);
		free(page);
	} else if (asks_for(target, "/")) {
		answer_text(connection, "200 OK", "netflow-exporter: see /metrics\n");
	} else {
		answer_text(connection, "404 Not Found", "the metrics are in /metrics\n");
	}
}

static void receive(struct http *http, struct http_connection *connection)
{
	const size_t room = sizeof(connection->request) - 1 - connection->length;
	ssize_t length;

	length = recv(connection->fd, connection->request + connection->length, room, 0);
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length <= 0) {
		hang_up(connection);
		return;
	}
	connection->length += length;
	connection->request[connection->length] = '\0';
	if (strstr(connection->request, "\r\n\r\n") || strstr(connection->request, "\n\n"))
		answer_request(http, connection);
	else if (connection->length == sizeof(connection->request) - 1)
		answer_text(connection, "431 Request Header Fields Too Large", "too long\n");
}

static void send_on(struct http_connection *connection)
{
	ssize_t length;

	length = send(connection->fd, connection->answer + connection->sent,
		      connection->answer_length - connection->sent, MSG_NOSIGNAL);
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length > 0)
		connection->sent += length;
	if (length < 0 || connection->sent == connection->answer_length)
		hang_up(connection);
}

static void take_call(struct http *http)
{
	struct http_connection *connection = http->connections;

	while (connection->fd >= 0)
		connection++;
	connection->fd = accept4(http->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	connection->deadline = clock_now() + PATIENCE;
	connection->length = 0;
	connection->head = false;
}

/* Fill in the poll array. Its last entry is the listening socket, while a connection is free. */
static unsigned int fill(const struct http *http, struct pollfd *polls, int64_t *until)
{
	unsigned int i, used = 0;

	for (i = 0; i < HTTP_CONNECTIONS; i++) {
		const struct http_connection *connection = &http->connections[i];

		polls[i] = (struct pollfd) {
			.fd = connection->fd,
			.events = connection->answer ? POLLOUT : POLLIN,
		};
		if (connection->fd < 0)
			continue;
		used++;
		if (connection->deadline < *until)
			*until = connection->deadline;
	}
	polls[HTTP_CONNECTIONS] = (struct pollfd) {
		.fd = used < HTTP_CONNECTIONS ? http->fd : -1,
		.events = POLLIN,
	};
	return HTTP_CONNECTIONS + 1;
}

static void attend(struct http *http, const struct pollfd *polls)
{
	const int64_t now = clock_now();
	unsigned int i;

	for (i = 0; i < HTTP_CONNECTIONS; i++) {
		struct http_connection *connection = &http->connections[i];

		if (connection->fd < 0)
			continue;
		if (connection->deadline <= now)
			hang_up(connection);
		else if (polls[i].revents && connection->answer)
			send_on(connection);
		else if (polls[i].revents)
			receive(http, connection);
	}
	if (polls[HTTP_CONNECTIONS].revents)
		take_call(http);
}

/**
 * http_serve() - serve requests
 * @http: the server; it need not be listening
 * @until: time to return, nanoseconds of CLOCK_MONOTONIC
 */
void http_serve(struct http *http, int64_t until)
{
	struct pollfd polls[HTTP_CONNECTIONS + 1];
	int64_t next, left;
	unsigned int count;

	for (;;) {
		next = until;
		count = fill(http, polls, &next);
		left = next - clock_now();
		if (until <= clock_now())
			return;
		if (left > 3600 * 1000000000LL)
			left = 3600 * 1000000000LL;
		if (poll(polls, count, left > 0 ? left / 1000000 + 1 : 0) < 0) {
			if (errno != EINTR)
				err(1, "poll");
			continue;
		}
		attend(http, polls);
	}
}

/*
 * What can be known of a configuration before it is used, beyond its language: are the files and folders
 * there that it names? It opens no socket and makes nothing, so it may be asked on another machine's
 * configuration, for another user.
 */
#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include "server/settings.h"

/* How many problems were found; `say` was called with one line for each. */
unsigned check_files(const struct config *config, settings_say *say, void *context);

/* Reads all primary zones as the daemon would; a line to `to` for each that is right. How many are not: what is wrong
   with their files goes to standard error. */
unsigned check_zones(const struct config *config, FILE *to, settings_say *say, void *context);

#endif

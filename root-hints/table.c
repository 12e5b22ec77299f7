/*
 * Runs while building: reads IANA's named.root and writes the struct hints that is compiled in.
 *
 *      root_hints_table named.root compiled.c
 *
 * It knows no more of zone files than named.root shows: one record a line, "owner TTL type data", comments
 * behind a semicolon. Whatever else it meets stops the build.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "resolver/hints.h"

struct table {
    const char *path;
    unsigned line;
    size_t names, addresses;
    char name[HINTS_NAMES][256];
    struct {
        size_t name;
        int family;
        unsigned char octets[16];
    } address[HINTS_ADDRESSES];
};

static _Noreturn void stop(const struct table *table, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", table->path, table->line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void add_server(struct table *table, const char *name)
{
    if (table->names == HINTS_NAMES)
        stop(table, "more than %d name servers", HINTS_NAMES);
    snprintf(table->name[table->names++], sizeof table->name[0], "%s", name);
}

static void add_address(struct table *table, const char *owner, const char *text, int family)
{
    size_t name = 0;
    while (name < table->names && strcasecmp(table->name[name], owner) != 0)
        name++;
    if (name == table->names)
        stop(table, "an address of %s, which is no root server named above", owner);
    if (table->addresses == HINTS_ADDRESSES)
        stop(table, "more than %d addresses", HINTS_ADDRESSES);
    if (inet_pton(family, text, table->address[table->addresses].octets) != 1)
        stop(table, "%s is no address", text);
    table->address[table->addresses].name = name;
    table->address[table->addresses].family = family == AF_INET ? 4 : 6;
    table->addresses++;
}

static void read_line(struct table *table, char *line)
{
    char owner[256], ttl[32], type[16], data[256], more[2];
    table->line++;
    line[strcspn(line, ";\n")] = '\0';
    int fields = sscanf(line, "%255s %31s %15s %255s %1s", owner, ttl, type, data, more);
    if (fields <= 0)
        return;
    if (fields != 4)
        stop(table, "expected \"owner TTL type data\"");
    if (strcmp(type, "NS") == 0 && strcmp(owner, ".") == 0)
        add_server(table, data);
    else if (strcmp(type, "A") == 0)
        add_address(table, owner, data, AF_INET);
    else if (strcmp(type, "AAAA") == 0)
        add_address(table, owner, data, AF_INET6);
    else
        stop(table, "a record of type %s is not expected here", type);
}

static void write_name(FILE *to, const struct table *table, const char *name)
{
    size_t length = strlen(name);
    if (length < 2 || name[length - 1] != '.')
        stop(table, "%s does not end with a dot", name);
    fprintf(to, "        {%zu, {", length + 1);
    for (const char *label = name; *label != '\0'; label += strcspn(label, ".") + 1) {
        size_t octets = strcspn(label, ".");
        if (octets == 0 || octets > 63 || length > 254)
            stop(table, "%s is no domain name", name);
        fprintf(to, "%zu, ", octets);
        for (size_t i = 0; i < octets; i++)
            fprintf(to, "%d, ", label[i]);
    }
    fprintf(to, "0}},\n");
}

static void write_table(FILE *to, const struct table *table)
{
    fprintf(to, "/* Made from named.root by root-hints/table.c. */\n#include \"root-hints/compiled.h\"\n\n");
    fprintf(to, "const struct hints hints_compiled = {\n    .count = %zu,\n    .name = {\n", table->names);
    for (size_t i = 0; i < table->names; i++)
        write_name(to, table, table->name[i]);
    fprintf(to, "    },\n    .address_count = %zu,\n    .address = {\n", table->addresses);
    for (size_t i = 0; i < table->addresses; i++) {
        fprintf(to, "        {{{");
        for (int octet = 0; octet < 16; octet++)
            fprintf(to, "%u,", table->address[i].octets[octet]);
        fprintf(to, "}, 53, %d}, %zu},\n", table->address[i].family, table->address[i].name);
    }
    fprintf(to, "    },\n};\n");
}

int main(int count, char **argument)
{
    static struct table table;
    if (count != 3) {
        fprintf(stderr, "usage: root_hints_table named.root compiled.c\n");
        return 1;
    }
    table.path = argument[1];
    FILE *from = fopen(argument[1], "r");
    FILE *to = fopen(argument[2], "w");
    if (from == NULL || to == NULL) {
        perror(from == NULL ? argument[1] : argument[2]);
        return 1;
    }
    char line[1024];
    while (fgets(line, sizeof line, from) != NULL)
        read_line(&table, line);
    if (table.names == 0 || table.addresses == 0)
        stop(&table, "no root server with an address");
    write_table(to, &table);
    fclose(from);
    return fclose(to) == 0 ? 0 : 1;
}

/*
 * The counters in Prometheus' text format, version 0.0.4: every family with HELP and TYPE, base units (seconds,
 * bytes), names that begin with rootwalk_. docs/metrics.md lists them all.
 */
#ifndef SERVER_EXPOSITION_H
#define SERVER_EXPOSITION_H

#include "control/report.h"
#include "server/snapshot.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

void exposition_write(struct text *text, const struct snapshot *snapshot);

#endif

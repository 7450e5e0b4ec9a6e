// What the files of the library share.
#ifndef HCSP_API_INTERNAL_H_
#define HCSP_API_INTERNAL_H_

#include "hcsp/api/hcsp.h"
#include "sim/base/status.h"

enum { API_THREADS_MAX = 256 };
// Threads where 0 was asked for.
int api_threads(void);

// Copies from to err, which may be NULL; returns the status.
int api_status(HcspError *err, const SimError *from);
// The same with a sentence of its own.
int api_refuse(HcspError *err, SimStatus status, const char *text);

#endif  // HCSP_API_INTERNAL_H_

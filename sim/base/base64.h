// Bytes as text.
#ifndef SIM_BASE_BASE64_H_
#define SIM_BASE_BASE64_H_

#include <stddef.h>

// RFC 4648, with a NUL behind its end, to be freed; NULL without memory.
char *sim_base64(const void *data, size_t size);

#endif  // SIM_BASE_BASE64_H_

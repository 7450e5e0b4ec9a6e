// What the fleet needs of MPI, so that one program serves every MPI and none: libhcsp_mpi.so is
// compiled against the MPI of the machine (mpi.c) and opened when the process is a rank.
#ifndef HCSP_FLEET_TRANSPORT_H_
#define HCSP_FLEET_TRANSPORT_H_

#include <stdbool.h>
#include <stddef.h>

enum { FLEET_TRANSPORT_VERSION = 1, FLEET_HOST_MAX = 64, FLEET_WHY_MAX = 256 };

typedef enum FleetTag {
  FLEET_TAG_GATHER = 1,
  FLEET_TAG_RESULT,
  FLEET_TAG_TAKE,
  FLEET_TAG_GIVE,
  FLEET_TAG_FOLD
} FleetTag;

// Messages of one tag from one rank to another arrive in order. Each tag is received by one thread.
typedef struct FleetTransport {
  int version, rank, size;
  bool threads;               // two threads may use it at the same time
  char host[FLEET_HOST_MAX];  // of this rank
  // Begins to send at most INT_MAX bytes, which stay as they are until sent() says so; NULL:
  // failed.
  void *(*send)(int to, FleetTag tag, const void *data, size_t size);
  bool (*sent)(void *request);  // true: done, and the request is gone
  // Whether a message has come from *from, or from whomever (-1), which is then told.
  bool (*probe)(int *from, size_t *size, FleetTag tag);
  bool (*receive)(void *data, size_t size, int from, FleetTag tag);  // the one that was probed
  void (*abort)(int code);  // ends the processes of the whole job
  void (*close)(void);
} FleetTransport;

// NULL and why when MPI does not come up.
typedef const FleetTransport *FleetTransportOpen(char why[FLEET_WHY_MAX]);
#define FLEET_TRANSPORT_SYMBOL "hcsp_fleet_transport"

#endif  // HCSP_FLEET_TRANSPORT_H_

// The messages of the fleet by MPI: all that knows MPI, in a library of its own because the binary
// interface of one MPI is not another's.
#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hcsp/fleet/transport.h"

const FleetTransport *hcsp_fleet_transport(char why[FLEET_WHY_MAX]);

static void *mpi_send(int to, FleetTag tag, const void *data, size_t size) {
  MPI_Request *request = size <= INT_MAX ? malloc(sizeof *request) : NULL;
  if (request &&
      MPI_Isend(data, (int)size, MPI_BYTE, to, (int)tag, MPI_COMM_WORLD, request) != MPI_SUCCESS) {
    free(request);
    request = NULL;
  }
  return request;
}

static bool mpi_sent(void *request) {
  int done = 0;
  if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) {
    done = 1;  // the receiver is gone; who waits for it says so
  }
  if (done) {
    free(request);
  }
  return done != 0;
}

static bool mpi_probe(int *from, size_t *size, FleetTag tag) {
  int here = 0, bytes = 0;
  MPI_Status status;
  if (MPI_Iprobe(*from < 0 ? MPI_ANY_SOURCE : *from, (int)tag, MPI_COMM_WORLD, &here, &status) !=
          MPI_SUCCESS ||
      !here || MPI_Get_count(&status, MPI_BYTE, &bytes) != MPI_SUCCESS || bytes < 0) {
    return false;
  }
  *from = status.MPI_SOURCE;
  *size = (size_t)bytes;
  return true;
}

static bool mpi_receive(void *data, size_t size, int from, FleetTag tag) {
  return MPI_Recv(data, (int)size, MPI_BYTE, from, (int)tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE) ==
         MPI_SUCCESS;
}

static void mpi_abort(int code) {
  MPI_Abort(MPI_COMM_WORLD, code);
}

static void mpi_close(void) {
  MPI_Finalize();
}

const FleetTransport *hcsp_fleet_transport(char why[FLEET_WHY_MAX]) {
  static FleetTransport transport = {.version = FLEET_TRANSPORT_VERSION,
                                     .send = mpi_send,
                                     .sent = mpi_sent,
                                     .probe = mpi_probe,
                                     .receive = mpi_receive,
                                     .abort = mpi_abort,
                                     .close = mpi_close};
  int provided = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
    snprintf(why, FLEET_WHY_MAX, "MPI_Init_thread failed");
    return NULL;
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &transport.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &transport.size);
  transport.threads = provided >= MPI_THREAD_MULTIPLE;
  if (gethostname(transport.host, sizeof transport.host) != 0) {
    snprintf(transport.host, sizeof transport.host, "unknown");
  }
  transport.host[sizeof transport.host - 1] = '\0';
  return &transport;
}

// Bringing together: every rank sends to rank 0, which knows whom it waits for, and its answer goes
// back along a binomial tree. Both are small next to what lies between them, so they sleep while
// they wait: a rank that polls would take the core of one that works.
#include "hcsp/fleet/fleet.h"

#include <assert.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hcsp/fleet/internal.h"
#include "sim/base/file.h"
#include "sim/base/log.h"

#define PATIENCE 60.0  // s, unless HCSP_FLEET_PATIENCE says otherwise
#define LIMIT 86400.0  // s, unless HCSP_FLEET_LIMIT does: whole trainings are waited for, too
#define GRACE 5.0      // s that others have to end when this rank ends with an error
#define SPIN                                                                                       \
  1e-3  // s of waiting before it sleeps: ranks that share steps come one soon after another
enum { NAPS = 64, PAUSE_US = 50, PAUSE_US_MAX = 2000, PACK_MAX = 0x7fffffff, NAMED = 3 };

typedef enum Kind { KIND_GATHER = 1, KIND_END, KIND_RESULT, KIND_BYE } Kind;

// In front of every message; then comes the sentence, then the bytes.
typedef struct Header {
  uint64_t call, size;
  int32_t kind, status;
  uint32_t text;  // bytes of the sentence
  char what[28];
} Header;

Fleet *fleet_here(void) {
  static Fleet here = {.talk = STDERR_FILENO};
  return &here;
}

int fleet_rank(void) {
  const Fleet *f = fleet_here();
  return f->transport && f->solo == 0 ? f->transport->rank : 0;
}

int fleet_size(void) {
  const Fleet *f = fleet_here();
  return f->transport && f->solo == 0 ? f->transport->size : 1;
}

const char *fleet_name(int rank) {
  static char name[2][FLEET_HOST_MAX + 32];  // two stand in one sentence
  static int which;
  const Fleet *f = fleet_here();
  which = !which;
  snprintf(name[which], sizeof name[which], f->host ? "rank %d on %s" : "rank %d", rank,
           f->host ? f->host[rank] : "");
  return name[which];
}

void fleet_note_error(const SimError *err) {
  fleet_here()->error = *err;
}

// ---- talk

void fleet_say(const char *format, ...) {
  char text[1400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  dprintf(fleet_here()->talk, "hcsp: %s\n", text);
}

void fleet_abort(int code, const char *format, ...) {
  char text[1400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  fleet_say("%s", text);
  fleet_scratch_remove();
  fleet_here()->transport->abort(code);
  _exit(code);
}

// names those of n ranks that are missing, or the one that is waited for
static void name_missing(char *who, size_t size, const bool *here, int n, int from) {
  size_t used = 0;
  int missing = 0;
  for (int r = 0; here && r < n; r++) {
    if (!here[r] && ++missing <= NAMED && used < size) {
      used +=
          (size_t)snprintf(who + used, size - used, "%s%s", missing > 1 ? ", " : "", fleet_name(r));
    }
  }
  if (!here) {
    snprintf(who, size, "%s", fleet_name(from));
  } else if (missing > NAMED && used < size) {
    snprintf(who + used, size - used, " and %d more", missing - NAMED);
  }
}

// a word about who does not come, the last one after the limit
static void say_waiting(double seconds, bool last, const char *what, const bool *here, int n,
                        int from) {
  const Fleet *f = fleet_here();
  char who[512] = "", me[FLEET_HOST_MAX + 32];
  name_missing(who, sizeof who, here, n, from);
  snprintf(me, sizeof me, "%s", fleet_name(f->transport->rank));
  if (last) {
    fleet_abort(SIM_FAIL, "%s has waited %.0f s for %s (%s): it is given up", me, seconds, who,
                what);
  }
  fleet_say("%s has waited %.0f s for %s (%s)", me, seconds, who, what);
}

void fleet_wait(FleetWait *wait, const char *what, const bool *here, int n, int from) {
  const Fleet *f = fleet_here();
  const double now = sim_time_wall();
  // rank 0 speaks for those who wait for it; they speak when it does not come
  const double times = f->transport->rank == 0 ? 1 : 4;
  if (wait->turns++ == 0) {
    wait->began = now;
    wait->said = times * f->patience;
  }
  const double waited = now - wait->began;
  const bool last = f->limit > 0 && waited >= times * f->limit;
  if (last || waited >= wait->said) {
    say_waiting(waited, last, what, here, n, from);
    wait->said *= 4;
  }
  if (waited < SPIN) {
    sched_yield();
  } else {
    const long pause = PAUSE_US * (1L + wait->naps++ / NAPS);
    const struct timespec time = {.tv_nsec = 1000 * (pause < PAUSE_US_MAX ? pause : PAUSE_US_MAX)};
    nanosleep(&time, NULL);
  }
}

// ---- messages

// a header with its sentence and room for size bytes behind it; NULL without memory
static char *new_message(size_t *whole, char **data, const Header *header, const char *text) {
  *whole = sizeof *header + header->text + header->size;
  char *message = *whole <= PACK_MAX ? malloc(*whole) : NULL;
  if (message) {
    memcpy(message, header, sizeof *header);
    memcpy(message + sizeof *header, text, header->text);
    *data = message + sizeof *header + header->text;
  }
  return message;
}

static Header header_of(Kind kind, const char *what, SimStatus status, const SimError *err) {
  const Fleet *f = fleet_here();
  Header header = {.call = f->calls, .kind = (int32_t)kind, .status = (int32_t)status};
  header.text = status != SIM_OK && err ? (uint32_t)strlen(err->text) : 0;
  snprintf(header.what, sizeof header.what, "%s", what);
  return header;
}

static void finish(void *request, const char *what, int to) {
  const FleetTransport *t = fleet_here()->transport;
  FleetWait wait = {0};
  while (request && !t->sent(request)) {
    fleet_wait(&wait, what, NULL, 0, to);
  }
}

// the message that was probed; ends the job when it is none
static char *take_message(Header *header, int from, size_t size, FleetTag tag) {
  const FleetTransport *t = fleet_here()->transport;
  char *message = malloc(size + 1);
  if (!message || !t->receive(message, size, from, tag) || size < sizeof *header) {
    fleet_abort(SIM_FAIL, "%s: a message of %zu bytes from %s was lost", fleet_name(t->rank), size,
                fleet_name(from));
  }
  memcpy(header, message, sizeof *header);
  header->what[sizeof header->what - 1] = '\0';
  assert(sizeof *header + header->text + header->size == size);
  return message;
}

static int parent_of(int rank) {
  return rank & (rank - 1);
}

// hands a message on to the ranks below this one in the tree
static void send_down(const char *message, size_t size, const char *what) {
  const FleetTransport *t = fleet_here()->transport;
  const int lowest = t->rank ? t->rank & -t->rank : t->size;
  void *request[32];
  int to[32], n = 0;
  for (int step = 1; step < lowest && t->rank + step < t->size; step *= 2) {
    to[n] = t->rank + step;
    request[n] = t->send(to[n], FLEET_TAG_RESULT, message, size);
    n++;
  }
  for (int i = 0; i < n; i++) {
    finish(request[i], what, to[i]);
  }
}

// ends the job unless a message belongs to the call that this rank is in
static void check_call(const Header *header, const char *text, int from, const Header *own) {
  const FleetTransport *t = fleet_here()->transport;
  if (header->kind == KIND_END) {
    fleet_abort(header->status ? header->status : SIM_FAIL,
                "%s has ended with code %d (%.*s) while others work (%s)", fleet_name(from),
                header->status, (int)header->text, text, own->what);
  }
  if (header->call != own->call || strcmp(header->what, own->what) != 0) {
    fleet_abort(SIM_FAIL,
                "%s has come to '%s' where %s is at '%s': they do not do the same any more",
                fleet_name(from), header->what, fleet_name(t->rank), own->what);
  }
}

// rank 0, which waits for something else than a gather: who comes to one has ended or parted
static void look_around(const Header *own) {
  const FleetTransport *t = fleet_here()->transport;
  Header header;
  size_t size;
  int from = -1;
  if (t->rank == 0 && t->probe(&from, &size, FLEET_TAG_GATHER)) {
    char *message = take_message(&header, from, size, FLEET_TAG_GATHER);
    check_call(&header, message + sizeof header, from, own);
    free(message);
  }
}

// waits for the message of a tag from a rank
static char *await(Header *header, size_t *size, int from, FleetTag tag, const Header *own) {
  const FleetTransport *t = fleet_here()->transport;
  FleetWait wait = {0};
  int who = from;
  while (!t->probe(&who, size, tag)) {
    look_around(own);
    fleet_wait(&wait, own->what, NULL, 0, from);
  }
  return take_message(header, from, *size, tag);
}

// ---- gather

// rank 0: the messages of the others, by rank; message[0] is its own
static void collect(char **message, const Header *own) {
  const FleetTransport *t = fleet_here()->transport;
  bool *here = sim_new((size_t)t->size, sizeof *here);
  FleetWait wait = {0};
  here[0] = true;
  for (int left = t->size - 1; left > 0;) {
    Header header;
    size_t size;
    int from = -1;
    if (!t->probe(&from, &size, FLEET_TAG_GATHER)) {
      fleet_wait(&wait, own->what, here, t->size, 0);
      continue;
    }
    message[from] = take_message(&header, from, size, FLEET_TAG_GATHER);
    check_call(&header, message[from] + sizeof header, from, own);
    here[from] = true;
    left--;
  }
  free(here);
}

// what goes back: sizes, then bytes, by rank; or the first sentence of one that failed
static char *pack(size_t *size, char *const *message, int n, const char *what) {
  Header header = header_of(KIND_RESULT, what, SIM_OK, NULL), part;
  char text[sizeof(SimError)] = "", *data = NULL;
  header.size = (uint64_t)n * sizeof part.size;
  for (int r = 0; r < n; r++) {
    memcpy(&part, message[r], sizeof part);
    header.size += part.size;
    if (part.status != SIM_OK && header.status == SIM_OK) {
      header.status = part.status;
      const bool place = r > 0 && part.status != SIM_INTERRUPTED;
      snprintf(text, sizeof text, "%s%s%.*s", place ? fleet_name(r) : "", place ? ": " : "",
               (int)part.text, message[r] + sizeof part);
    }
  }
  header.text = (uint32_t)strlen(text);
  header.size = header.status == SIM_OK ? header.size : 0;
  char *whole = new_message(size, &data, &header, text);
  for (int r = 0; whole && header.status == SIM_OK && r < n; r++) {
    memcpy(&part, message[r], sizeof part);
    memcpy(data, &part.size, sizeof part.size);
    memcpy(data + sizeof part.size, message[r] + sizeof part + part.text, part.size);
    data += sizeof part.size + part.size;
  }
  return whole;
}

static SimStatus unpack(FleetBytes *all, int n, const char *message, SimError *err) {
  Header header;
  memcpy(&header, message, sizeof header);
  if (header.status != SIM_OK) {
    return sim_error(err, (SimStatus)header.status, "%.*s", (int)header.text,
                     message + sizeof header);
  }
  const char *data = message + sizeof header + header.text;
  for (int r = 0; r < n; r++) {
    uint64_t size;
    memcpy(&size, data, sizeof size);
    all[r] = (FleetBytes){.data = sim_new((size_t)size + 1, 1), .size = (size_t)size};
    memcpy(all[r].data, data + sizeof size, (size_t)size);
    data += sizeof size + size;
  }
  return SIM_OK;
}

// rank 0: everybody's message in, the answer to all out
static char *answer(char *own, const Header *header, const char *what) {
  const int n = fleet_here()->transport->size;
  size_t size = 0;
  char **message = sim_new((size_t)n, sizeof *message);
  message[0] = own;
  collect(message, header);
  char *result = pack(&size, message, n, what);
  if (!result) {
    fleet_abort(SIM_FAIL, "%s: no memory for what %d ranks bring together, or more than 2 GiB",
                what, n);
  }
  send_down(result, size, what);
  for (int r = 1; r < n; r++) {
    free(message[r]);
  }
  free(message);
  return result;
}

static SimStatus alone(FleetBytes *all, const void *data, size_t size, SimStatus own) {
  all[0] = (FleetBytes){0};
  if (own == SIM_OK) {
    all[0] = (FleetBytes){.data = sim_new(size + 1, 1), .size = size};
    memcpy(all[0].data, data, size);
  }
  return own;
}

SimStatus fleet_gather(FleetBytes *all, const void *data, size_t size, const char *what,
                       SimStatus own, SimError *err) {
  Fleet *f = fleet_here();
  if (fleet_size() == 1) {
    return alone(all, data ? data : "", size, own);
  }
  SimError local = {0};
  err = err ? err : &local;
  f->calls++;
  memset(all, 0, (size_t)f->transport->size * sizeof *all);
  Header header = header_of(KIND_GATHER, what, own, err);
  header.size = own == SIM_OK ? size : 0;
  char *body = NULL, *result = NULL;
  size_t whole = 0;
  char *message = new_message(&whole, &body, &header, err->text);
  if (!message) {
    fleet_abort(SIM_FAIL, "%s: no memory for %zu bytes, or more than 2 GiB", what, size);
  }
  if (header.size > 0) {
    memcpy(body, data, size);
  }
  if (f->transport->rank == 0) {
    result = answer(message, &header, what);
  } else {
    finish(f->transport->send(0, FLEET_TAG_GATHER, message, whole), what, 0);
    Header back;
    result = await(&back, &whole, parent_of(f->transport->rank), FLEET_TAG_RESULT, &header);
    send_down(result, whole, what);
  }
  const SimStatus status = unpack(all, f->transport->size, result, err);
  free(message);
  free(result);
  return status;
}

void fleet_free(FleetBytes *bytes, int n) {
  for (int i = 0; i < n; i++) {
    free(bytes[i].data);
    bytes[i] = (FleetBytes){0};
  }
}

// ---- a sum in a fixed order

// data[size] goes into the body of a message, or comes out of it
static char *fold_message(const Header *header, const void *data, size_t *whole) {
  char *body = NULL, *message = new_message(whole, &body, header, "");
  if (!message) {
    fleet_abort(SIM_FAIL, "%s: no memory for %zu bytes, or more than 2 GiB", header->what,
                (size_t)header->size);
  }
  memcpy(body, data, (size_t)header->size);
  return message;
}

static char *take_fold(void *data, size_t *whole, int from, FleetTag tag, const Header *own) {
  Header header;
  char *message = await(&header, whole, from, tag, own);
  check_call(&header, message + sizeof header, from, own);
  assert(header.size == own->size);
  memcpy(data, message + sizeof header + header.text, (size_t)own->size);
  return message;
}

void fleet_fold(void *data, size_t size, int ranks, FleetPutFn *put, void *arg, const char *what) {
  Fleet *f = fleet_here();
  const int rank = fleet_rank();
  assert(ranks >= 1 && ranks <= fleet_size());
  if (fleet_size() == 1) {
    put(arg, data);
    return;
  }
  f->calls++;
  size_t whole = 0;
  char *message = NULL;
  Header header = header_of(KIND_RESULT, what, SIM_OK, NULL);
  header.size = size;
  if (rank < ranks - 1) {
    free(take_fold(data, &whole, rank + 1, FLEET_TAG_FOLD, &header));
  }
  if (rank < ranks) {
    put(arg, data);
  }
  if (rank > 0 && rank < ranks) {
    message = fold_message(&header, data, &whole);
    finish(f->transport->send(rank - 1, FLEET_TAG_FOLD, message, whole), what, rank - 1);
    free(message);
  }
  message = rank > 0 ? take_fold(data, &whole, parent_of(rank), FLEET_TAG_RESULT, &header)
                     : fold_message(&header, data, &whole);
  send_down(message, whole, what);
  free(message);
}

// ---- the process and its job

static void silence(void) {
  Fleet *f = fleet_here();
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  f->talk = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  f->print = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  f->nowhere = nowhere;
  fflush(NULL);
  dup2(nowhere, STDERR_FILENO);
  dup2(nowhere, STDOUT_FILENO);
}

// a rank that is silent has its output back while it is alone
static void speak(bool loud) {
  const Fleet *f = fleet_here();
  if (f->transport && f->transport->rank > 0) {
    fflush(NULL);
    dup2(loud ? f->talk : f->nowhere, STDERR_FILENO);
    dup2(loud ? f->print : f->nowhere, STDOUT_FILENO);
  }
}

void fleet_solo_begin(void) {
  if (fleet_here()->solo++ == 0) {
    speak(true);
  }
}

void fleet_solo_end(void) {
  if (--fleet_here()->solo == 0) {
    speak(false);
  }
}

bool fleet_only_first(void) {
  const bool first = fleet_rank() == 0;
  if (fleet_size() > 1 && first) {
    sim_log(SIM_LOG_INFO, "this is not shared among ranks: rank 0 does it alone");
    fleet_solo_begin();
  }
  return first;
}

static SimStatus learn_hosts(SimError *err) {
  Fleet *f = fleet_here();
  const int n = f->transport->size;
  SimStatus status = SIM_OK;
  FleetBytes *all = fleet_new_gather(f->transport->host, FLEET_HOST_MAX, "hosts", &status, err);
  f->host = sim_new((size_t)n, sizeof *f->host);
  for (int r = 0; status == SIM_OK && r < n; r++) {
    memcpy(f->host[r], all[r].data, FLEET_HOST_MAX);
  }
  fleet_free_gather(all);
  return status;
}

static void on_exit_close(int code, void *arg) {
  (void)arg;
  fleet_close(code);
}

static double seconds_of(const char *name, double otherwise) {
  const char *text = getenv(name);
  char *end = NULL;
  const double seconds = text ? strtod(text, &end) : 0;
  return text && end != text && !*end && seconds > 0 ? seconds : otherwise;
}

SimStatus fleet_open(int argc, char *const *argv, SimError *err) {
  Fleet *f = fleet_here();
  int rank, size;
  if (!fleet_environment(&rank, &size)) {
    return SIM_OK;
  }
  f->patience = seconds_of("HCSP_FLEET_PATIENCE", PATIENCE);
  f->limit = seconds_of("HCSP_FLEET_LIMIT", LIMIT);
  f->transport = fleet_load(err);
  SIM_TRY(f->transport ? SIM_OK : err->status);
  on_exit(on_exit_close, NULL);
  if (f->transport->rank != rank || f->transport->size != size) {
    // each thinks that it is alone: nobody is there to hear of it
    const int was = f->transport->size;
    fleet_close(SIM_FAIL);
    return sim_error(
        err, SIM_FAIL,
        "started as rank %d of %d, but MPI sees %d of them; wanted a launcher of the MPI that "
        "libhcsp_mpi.so was built with (srun: --mpi=pmix or pmi2)",
        rank, size, was);
  }
  if (rank > 0) {
    silence();
  }
  SimStatus status = learn_hosts(err);
  char *identity = status == SIM_OK ? fleet_identity(argc, argv, err) : NULL;
  status = status == SIM_OK ? fleet_check_identity(identity, err) : status;
  free(identity);
  return status == SIM_OK ? fleet_serve(err) : status;
}

// rank 0: waits until every other rank ends, too; false: one still works
static bool all_end(int code) {
  const FleetTransport *t = fleet_here()->transport;
  const double began = sim_time_wall();
  bool *here = sim_new((size_t)t->size, sizeof *here);
  FleetWait wait = {0};
  bool fine = true;
  for (int left = t->size - 1; fine && left > 0;) {
    Header header;
    size_t size;
    int from = -1;
    if (t->probe(&from, &size, FLEET_TAG_GATHER)) {
      char *message = take_message(&header, from, size, FLEET_TAG_GATHER);
      fine = header.kind == KIND_END;
      if (fine && header.status != SIM_OK && header.status != code) {
        fleet_say("%s ended with code %d: %.*s", fleet_name(from), header.status, (int)header.text,
                  message + sizeof header);
      }
      free(message);
      here[from] = true;
      left--;
    } else {
      here[0] = true;
      fleet_wait(&wait, "the end", here, t->size, 0);
      fine = code == SIM_OK || sim_time_wall() - began < GRACE;
    }
  }
  free(here);
  return fine;
}

static void say_goodbye(int code) {
  Fleet *f = fleet_here();
  const FleetTransport *t = f->transport;
  size_t size = 0;
  char *body = NULL;
  Header header =
      header_of(t->rank == 0 ? KIND_BYE : KIND_END, "the end", (SimStatus)code, &f->error);
  char *message = new_message(&size, &body, &header, f->error.text);
  if (!message) {
    fleet_abort(SIM_FAIL, "no memory to end with");
  }
  if (t->rank == 0) {
    if (!all_end(code)) {
      fleet_abort(code ? code : SIM_FAIL, "rank 0 ends while others work; they are stopped");
    }
    send_down(message, size, "the end");
  } else {
    Header back;
    finish(t->send(0, FLEET_TAG_GATHER, message, size), "the end", 0);
    free(await(&back, &size, parent_of(t->rank), FLEET_TAG_RESULT, &header));
    header.kind = KIND_BYE;
    memcpy(message, &header, sizeof header);
    send_down(message, sizeof header + header.text, "the end");
  }
  free(message);
}

void fleet_close(int code) {
  Fleet *f = fleet_here();
  if (!f->transport || f->ending) {
    return;
  }
  f->ending = true;
  f->solo = 0;
  fflush(NULL);
  if (f->host) {
    say_goodbye(code);
  }
  fleet_serve_end();
  fleet_scratch_remove();
  f->transport->close();
  f->transport = NULL;
  free(f->host);
  f->host = NULL;
}

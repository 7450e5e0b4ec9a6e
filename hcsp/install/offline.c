// What a wheel brings in place of libcurl and libcrypto. Debian's HDF5 can read files from S3 and
// wants both, with GnuTLS, Kerberos and LDAP behind them: 6.7 MB, which nobody would renew in an
// installed wheel when a hole is found in them. hcsp reads logs from disks; here no connection is
// ever made, and HDF5 says that its S3 driver does not open.
#include <stddef.h>

#define NOTHING(name)                                                                              \
  void *name(void);                                                                                \
  void *name(void) {                                                                               \
    return NULL;                                                                                   \
  }

NOTHING(curl_easy_cleanup)
NOTHING(curl_easy_init)
NOTHING(curl_easy_perform)
NOTHING(curl_easy_setopt)
NOTHING(curl_global_cleanup)
NOTHING(curl_global_init)
NOTHING(curl_slist_append)
NOTHING(curl_slist_free_all)
NOTHING(EVP_sha256)
NOTHING(HMAC)
NOTHING(SHA256)

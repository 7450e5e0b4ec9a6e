#include "kernels/cuda/blas.h"

#include <dlfcn.h>
#include <string.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

// where the linker looks, then where the toolkit of the build stood
static const char *const LIBRARIES[] = {
    "libcublas.so." TEXT(CUBLAS_VER_MAJOR),
    KRN_CUDA_LIBRARIES "/libcublas.so." TEXT(CUBLAS_VER_MAJOR),
};

// data and function pointers are of one size on POSIX systems, but C knows no cast between them
static bool find(void *function, const KrnBlas *blas, const char *name, SimError *err) {
  void *symbol = dlsym(blas->library, name);
  if (!symbol) {
    sim_error(err, SIM_FAIL, "cuBLAS has no %s; wanted the library of the CUDA Toolkit", name);
    return false;
  }
  memcpy(function, &symbol, sizeof symbol);
  return true;
}

bool krn_blas_open(KrnBlas *blas, SimError *err) {
  *blas = (KrnBlas){0};
  for (size_t i = 0; !blas->library && i < sizeof LIBRARIES / sizeof LIBRARIES[0]; i++) {
    blas->library = dlopen(LIBRARIES[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (!blas->library) {
    sim_error(err, SIM_FAIL,
              "no %s here; wanted the libraries of the CUDA Toolkit (in LD_LIBRARY_PATH, say), or "
              "--device cpu",
              LIBRARIES[0]);
    return false;
  }
  const struct {
    void *function;
    const char *name;
  } calls[] = {{&blas->create, "cublasCreate_v2"},
               {&blas->destroy, "cublasDestroy_v2"},
               {&blas->set_stream, "cublasSetStream_v2"},
               {&blas->set_workspace, "cublasSetWorkspace_v2"},
               {&blas->set_math_mode, "cublasSetMathMode"},
               {&blas->set_atomics_mode, "cublasSetAtomicsMode"},
               {&blas->sgemm, "cublasSgemm_v2"}};
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    if (!find(calls[i].function, blas, calls[i].name, err)) {
      krn_blas_close(blas);
      return false;
    }
  }
  return true;
}

void krn_blas_close(KrnBlas *blas) {
  if (blas->library) {
    dlclose(blas->library);
  }
  *blas = (KrnBlas){0};
}

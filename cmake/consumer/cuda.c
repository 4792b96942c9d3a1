// SPDX-License-Identifier: Apache-2.0
// The installed C interface: its version is that of the header, and a missing driver is an error
// with a name.
#include <assay_cuda.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  AssayCudaDevice* device = NULL;
  if (assay_cuda_version() != ASSAY_CUDA_VERSION || strlen(assay_cuda_kernels_sha256()) != 64) {
    fputs("the installed library is not that of the header\n", stderr);
    return 1;
  }
  const AssayCudaStatus status = assay_cuda_device_open("/nowhere/libcuda.so.1", 0, &device);
  if (status != ASSAY_CUDA_DRIVER_UNAVAILABLE || device != NULL) {
    fprintf(stderr, "a missing driver gives %s\n", assay_cuda_status_name(status));
    return 1;
  }
  printf("installed package: %s\n", assay_cuda_last_error());
  return 0;
}

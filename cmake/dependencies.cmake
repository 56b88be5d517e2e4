# Every third-party lookup of the project, once. docs/dependencies.md says why each is here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl CONFIG REQUIRED)
# pkg_check_modules(re2) below caches re2_FOUND; gRPC would then not look for its own target.
unset(re2_FOUND CACHE)
find_package(gRPC CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n data)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
# Debian's hiredis ships a CMake file that fails; pkg-config works.
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(libevent REQUIRED IMPORTED_TARGET libevent libevent_pthreads)

# Asio ships neither a CMake nor a pkg-config file.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(assay_asio INTERFACE)
target_include_directories(assay_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
target_compile_definitions(assay_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
target_link_libraries(assay_asio INTERFACE Threads::Threads)

# Optional: a sixth less CPU time a call, since messages are made on one thread and freed on another.
# Sanitizers bring an allocator of their own.
find_library(JEMALLOC_LIBRARY jemalloc)
add_library(assay_allocator INTERFACE)
if(JEMALLOC_LIBRARY AND NOT ASSAY_SANITIZE)
  target_link_libraries(assay_allocator INTERFACE ${JEMALLOC_LIBRARY})
endif()

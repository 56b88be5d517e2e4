# ASSAY_SANITIZE=address | thread; set by the presets asan and tsan.
set(ASSAY_SANITIZE "" CACHE STRING "address (with undefined) or thread")
if(ASSAY_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(ASSAY_SANITIZE STREQUAL "thread")
  # With that macro Protobuf's headers lay maps out in another way than Debian's library does.
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -Wno-tsan -U__SANITIZE_THREAD__)
  add_link_options(-fsanitize=thread)
elseif(NOT ASSAY_SANITIZE STREQUAL "")
  message(FATAL_ERROR "ASSAY_SANITIZE is '${ASSAY_SANITIZE}', expected address or thread")
endif()

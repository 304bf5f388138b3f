# SPDX-License-Identifier: Apache-2.0
# portolan_bpf(ROOM)
# Compiles each kernel program x.bpf.c of a room that has been made by portolan_room(), and puts it into a header that
# the room's own sources include as <bpf/ROOM/x.skel.h>: the object travels inside the executable.
#
# clang, because a BPF object with types (BTF) is what libbpf loads; clang's own headers (-ffreestanding), because those
# of the C library are for the machine that compiles.
find_program(PORTOLAN_BPF_CLANG NAMES clang-16 REQUIRED)
find_program(PORTOLAN_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)
execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -print-multiarch OUTPUT_VARIABLE PORTOLAN_MULTIARCH
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT PORTOLAN_MULTIARCH)
  set(PORTOLAN_MULTIARCH "${CMAKE_LIBRARY_ARCHITECTURE}")
endif()

function(portolan_bpf room)
  set(dir "${CMAKE_SOURCE_DIR}/src/${room}")
  set(out "${CMAKE_BINARY_DIR}/skeletons/bpf/${room}")
  file(MAKE_DIRECTORY "${out}")
  file(GLOB programs CONFIGURE_DEPENDS "${dir}/*.bpf.c")
  set(skeletons)
  foreach(program IN LISTS programs)
    get_filename_component(name "${program}" NAME)
    string(REGEX REPLACE "\\.bpf\\.c$" "" name "${name}")
    add_custom_command(OUTPUT "${out}/${name}.bpf.o"
      COMMAND "${PORTOLAN_BPF_CLANG}" -O2 -g -target bpf -mcpu=v3 -ffreestanding -Wall -Wextra -Werror
        -Wno-unused-function -I "${CMAKE_SOURCE_DIR}/src" -isystem "/usr/include/${PORTOLAN_MULTIARCH}"
        -MD -MF "${out}/${name}.d" -MT "${out}/${name}.bpf.o" -c "${program}" -o "${out}/${name}.bpf.o"
      DEPENDS "${program}" DEPFILE "${out}/${name}.d" COMMENT "Compiling kernel program ${room}/${name}" VERBATIM)
    add_custom_command(OUTPUT "${out}/${name}.skel.h"
      COMMAND "${PORTOLAN_BPFTOOL}" gen skeleton "${out}/${name}.bpf.o" name "${name}_bpf" > "${out}/${name}.skel.h"
      DEPENDS "${out}/${name}.bpf.o" VERBATIM)
    list(APPEND skeletons "${out}/${name}.skel.h")
  endforeach()
  add_custom_target(portolan_${room}_bpf DEPENDS ${skeletons})
  add_dependencies(portolan_${room} portolan_${room}_bpf)
  target_include_directories(portolan_${room} SYSTEM PRIVATE "${CMAKE_BINARY_DIR}/skeletons")
endfunction()

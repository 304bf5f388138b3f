# SPDX-License-Identifier: Apache-2.0
# One place for what every target of ours is compiled with. Imported targets are not touched.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

find_program(PORTOLAN_CCACHE ccache)
if(PORTOLAN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PORTOLAN_CCACHE}")
endif()

add_library(portolan_flags INTERFACE)
target_compile_options(portolan_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Wundef -Werror
  -fno-omit-frame-pointer
  # g++ 12 at -O3 sees ghosts inside std::optional, tl::expected and std::string (GCC bug 105651); ASan and UBSan look
  # for real ones.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # Which clang counts to -Wconversion, and g++ does not.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)
target_compile_definitions(portolan_flags INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(PORTOLAN_SANITIZE)
  target_compile_options(portolan_flags INTERFACE -fsanitize=${PORTOLAN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(portolan_flags INTERFACE -fsanitize=${PORTOLAN_SANITIZE})
  target_compile_definitions(portolan_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()

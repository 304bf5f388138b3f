// SPDX-License-Identifier: Apache-2.0
// The engines of the completion scripts: what reads the words that were typed and offers what fits. completion.cc puts
// before each what the tables say, and after it the names that it is for:
//   bash, zsh  _portolan_COMMAND NAME    sets takes, choice for that option; without a name options, aliases, rest
//   fish       __portolan_COMMAND NAME   prints takes and choice; __portolan_COMMAND_{options,aliases,rest} print
//   theirs
// NAME is a short form, or a long name without hyphens, underscores and dots in small letters. `takes` is empty, or one
// of text choice list file files folder interface, with '?' behind it where the value may be left out; `rest` holds the
// words of the command, or "/" for files.
#pragma once

#include <string_view>

namespace portolan::options {

inline constexpr std::string_view kBashEngine = R"sh(
# Says in takes and choice what the option takes that was typed as $1, by command $2.
_portolan_look_up() {
  local name=$1
  takes='' choice=()
  if [[ $name == --* ]]; then
    name=${name%%\[*}
    name=${name//[-_.]/}
    name=${name,,}
  fi
  [[ -n $name ]] && "_portolan_$2" "$name"
}

# Offers what an option may take, as takes and choice say, that begins with $1. $2 stands before it in the same word.
_portolan_value() {
  local head='' names=() fits=()
  [[ $takes == list* && $1 == *,* ]] && head=${1%,*},
  mapfile -t fits < <(compgen -P "$2$head" -W "${choice[*]}" -- "${1#"$head"}")
  case $takes in
    file*) mapfile -t names < <(compgen -f -- "$1") ;;
    folder*) mapfile -t names < <(compgen -d -- "$1") ;;
    interface*)
      names=(/sys/class/net/*)
      mapfile -t names < <(compgen -W "${names[*]##*/}" -- "$1")
      ;;
  esac
  [[ $takes == f* ]] && compopt -o filenames 2>/dev/null
  COMPREPLY+=("${fits[@]}" "${names[@]/#/$2}")
}

_portolan() {
  local piece before='' current=${COMP_WORDS[COMP_CWORD]} typed=() takes='' choice=() options=() aliases=() rest=()
  COMPREPLY=()
  # Bash parts words at = and :, which are inside of them here.
  for piece in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ${#typed[@]} -gt 0 && ($piece =~ ^[=:]+$ || $before =~ ^[=:]+$) ]]; then
      typed[-1]+=$piece
    else
      typed+=("$piece")
    fi
    before=$piece
  done
  [[ $current =~ ^[=:]+$ ]] && current=''
  local command word last=${typed[-1]} only_words=''
  command=$(_portolan_alone "$1")
  if [[ -z $command && ${#typed[@]} -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_portolan_commands)" -- "$last")
    return
  fi
  if [[ -z $command ]]; then
    command=${typed[0]}
    typed=("${typed[@]:1}")
  fi
  if [[ $command == none ]]; then
    compopt -o default 2>/dev/null
    return
  fi
  declare -F "_portolan_$command" >/dev/null || return
  "_portolan_$command" ''
  for word in "${typed[@]:0:${#typed[@]}-1}"; do
    if [[ -n $only_words || (-n $takes && $word != -[-A-Za-z]*) ]]; then
      takes=''
    elif [[ $word == -- ]]; then
      only_words=yes takes=''
    elif [[ $word == --*[=:]* || $word != -* ]]; then
      takes=''
    else
      _portolan_look_up "$word" "$command"
      [[ $takes == files* ]] && rest=(/)
    fi
  done
  if [[ -z $only_words && $last == --*[=:]* ]]; then
    word=${last%%[=:]*}
    _portolan_look_up "$word" "$command"
    last=${last:${#word}+1}
    _portolan_value "$last" "${current%"$last"}"
    return
  fi
  if [[ -n $takes && $last != -[-A-Za-z]* ]]; then
    _portolan_value "$last" ''
    [[ $takes == *\? ]] || return
  fi
  takes='' choice=("${rest[@]}")
  [[ ${rest[0]-} == / ]] && takes=file choice=()
  [[ $last != -* || -n $only_words ]] && _portolan_value "$last" ''
  [[ -n $only_words || ($last != -* && ${#rest[@]} -gt 0) ]] && return
  choice+=("${options[@]}") takes=''
  [[ $last == -* || -z $last ]] && _portolan_value "$last" ''
  choice=("${aliases[@]}")
  [[ $last == -* && ${#COMPREPLY[@]} -eq 0 ]] && _portolan_value "$last" ''
}
)sh";

inline constexpr std::string_view kZshEngine = R"sh(
# Says in takes and choice what the option takes that was typed as $1, by command $2.
_portolan_look_up() {
  local name=$1
  takes='' choice=()
  if [[ $name == --* ]]; then
    name=${name%%\[*}
    name=${(L)name//[-_.]/}
  fi
  [[ -n $name ]] && "_portolan_$2" "$name"
}

# Offers what an option may take, as takes and choice say.
_portolan_value() {
  local fits=1
  [[ $takes == list* ]] && compset -P '*,'
  [[ $#choice -gt 0 ]] && compadd -- $choice && fits=0
  case $takes in
    file*) _files && fits=0 ;;
    folder*) _files -/ && fits=0 ;;
    interface*) compadd -- /sys/class/net/*(N:t) && fits=0 ;;
    text*) [[ $#choice -eq 0 ]] && _message value ;;
  esac
  return fits
}

_portolan() {
  setopt localoptions extendedglob
  local command takes='' last=$PREFIX word only_words='' fits=1
  local -a typed choice options aliases rest commands
  typed=("${(@Q)words[2,CURRENT-1]}")
  command=$(_portolan_alone "$words[1]")
  if [[ -z $command && $CURRENT -eq 2 ]]; then
    _portolan_commands
    _describe -t commands command commands
    return
  fi
  if [[ -z $command ]]; then
    command=$typed[1]
    shift typed
  fi
  if [[ $command == none ]]; then
    _default
    return
  fi
  (( $+functions[_portolan_$command] )) || return
  "_portolan_$command" ''
  for word in "$typed[@]"; do
    if [[ -n $only_words || ( -n $takes && $word != -[-A-Za-z]* ) ]]; then
      takes=''
    elif [[ $word == -- ]]; then
      only_words=yes takes=''
    elif [[ $word == --*[=:]* || $word != -* ]]; then
      takes=''
    else
      _portolan_look_up "$word" "$command"
      [[ $takes == files* ]] && rest=(/)
    fi
  done
  if [[ -z $only_words && $last == --*[=:]* ]]; then
    _portolan_look_up "${last%%[=:]*}" "$command"
    compset -P '--[^=:]#[=:]'
    _portolan_value
    return
  fi
  if [[ -n $takes && $last != -[-A-Za-z]* ]]; then
    _portolan_value && fits=0
    [[ $takes == *\? ]] || return fits
  fi
  takes='' choice=("$rest[@]")
  [[ $rest[1] == / ]] && takes=file choice=()
  [[ $last != -* || -n $only_words ]] && _portolan_value && fits=0
  [[ -n $only_words || ( $last != -* && $#rest -gt 0 ) ]] && return fits
  if [[ $last == -* || -z $last ]]; then
    [[ $last == -* ]] && options+=("$choice[@]")
    _describe -o -t options option options && fits=0
    [[ $last == -* && $fits -ne 0 ]] && compadd -- $aliases && fits=0
  fi
  return fits
}
)sh";

inline constexpr std::string_view kFishEngine = R"sh(
# Prints what the option takes that was typed as $argv[1], by the command $argv[2], and the choice.
function __portolan_look_up
    set -l name $argv[1]
    if string match -q -- '--*' $name
        set name (string replace -r '\[.*' '' -- $name | string replace -ra '[-_.]' '' | string lower)
    end
    test -n "$name"; and __portolan_$argv[2] $name
end

# Prints what an option may take that begins with $argv[1]; $argv[2] stands before it in the same word. $argv[3] is what
# it takes, and all behind it the choice.
function __portolan_value
    set -l before $argv[2]
    switch "$argv[3]"
        case 'list*'
            set before $before(string replace -r '[^,]*$' '' -- $argv[1])
        case 'file*'
            printf '%s\n' $before(__fish_complete_path $argv[1])
        case 'folder*'
            printf '%s\n' $before(__fish_complete_directories $argv[1])
        case 'interface*'
            for path in /sys/class/net/*
                printf '%s\n' $before(string replace -r '.*/' '' -- $path)
            end
    end
    for word in $argv[4..-1]
        printf '%s\n' $before$word
    end
end

function __portolan
    set -l typed (commandline -opc)
    set -l last (commandline -ct)
    set -l command (__portolan_alone $typed[1])
    set -e typed[1]
    if test -z "$command" -a -z "$typed[1]"
        __portolan_commands
        return
    end
    if test -z "$command"
        set command $typed[1]
        set -e typed[1]
    end
    if test "$command" = none
        __fish_complete_path $last
        return
    end
    functions -q __portolan_$command; or return
    set -l takes
    set -l only_words no
    set -l rest (__portolan_"$command"_rest)
    for word in $typed
        if test $only_words = yes
            set takes
        else if test -n "$takes"; and not string match -qr '^-[-A-Za-z]' -- $word
            set takes
        else if test "$word" = --
            set only_words yes
            set takes
        else if string match -qr '^--.*[=:]|^[^-]|^$' -- $word
            set takes
        else
            set takes (__portolan_look_up $word $command)
            string match -q 'files*' -- $takes[1]; and set rest /
        end
    end
    if test $only_words = no; and set -l parts (string match -r '^(--[^=:]*[=:])(.*)' -- $last)
        __portolan_value "$parts[3]" $parts[2] (__portolan_look_up (string replace -r '.$' '' -- $parts[2]) $command)
        return
    end
    if test -n "$takes"; and not string match -qr '^-[-A-Za-z]' -- $last
        __portolan_value "$last" '' $takes
        string match -q '*\?' -- $takes[1]; or return
    end
    if test "$rest[1]" = /
        test $only_words = no; and string match -q -- '-*' $last; or __portolan_value "$last" '' file
    else if test -n "$rest"
        printf '%s\n' $rest
    end
    test $only_words = yes; and return
    __portolan_"$command"_options
    set -l plain (__portolan_"$command"_options | string replace -r '\t.*' '')
    string match -q -- '-*' $last; and not string match -q -- "$last*" $plain; and __portolan_"$command"_aliases
end
)sh";

}  // namespace portolan::options

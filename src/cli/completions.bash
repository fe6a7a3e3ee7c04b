# For ~/.bashrc: eval "$(wick completions bash)"
_wick() {
    local rest=${COMP_LINE:0:COMP_POINT} words=() last=-1 word found flags=()
    # bash takes ":" and "@" for ends of words. What no space parts is one.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD}" ''; do
        if ((last >= 0)) && [[ -n $rest && $rest != [[:space:]]* ]]; then
            words[last]+=${word:-$rest}
        else
            rest=${rest#"${rest%%[![:space:]]*}"}
            words[++last]=${word:-$rest}
        fi
        rest=${rest#"$word"}
    done
    words[last]=${words[last]#[\"\']}
    # Only the end of the word is filled in: its part that bash takes for the word.
    local before=${words[last]%"$2"}
    COMPREPLY=()
    while IFS= read -r found || [[ -n $found ]]; do
        # Where a name may be written, a flag is offered once it is begun.
        if [[ -z ${words[last]} && $found == -* ]]; then flags+=("$found"); else COMPREPLY+=("${found#"$before"}"); fi
    done < <(_WICK_COMPLETE=bash _CLAP_COMPLETE_INDEX=$last wick -- "${words[@]}" 2>/dev/null)
    if ((${#COMPREPLY[@]} == 0)); then COMPREPLY=("${flags[@]}"); fi
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o bashdefault -F _wick wick

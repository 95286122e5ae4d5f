/// The script that sections share.
enum PageScript {
    /// A press on a column's head, or a key on it, sorts its table; numbers and times go by their size.
    static let sorting = """
        [].slice.call(document.querySelectorAll('table')).forEach(function(table){var body=table.tBodies[0],heads=table.tHead?[].slice.call(table.tHead.rows[0].cells):[];
        if(!body||body.rows.length<2)return;heads.forEach(function(head,n){head.tabIndex=0;head.classList.add('sorts');
        function value(row){var text=row.cells[n]?row.cells[n].textContent.trim():'',clock=/^\\+?(?:(\\d+):)?(\\d+):(\\d\\d)/.exec(text),number=/^\\[?(-?[\\d.]+)/.exec(text);
        return clock?(clock[1]||0)*3600+clock[2]*60+ +clock[3]:number?+number[1]:text.toLowerCase();}
        function sort(){var up=head.getAttribute('aria-sort')!=='ascending';heads.forEach(function(other){other.removeAttribute('aria-sort');});
        head.setAttribute('aria-sort',up?'ascending':'descending');[].slice.call(body.rows).map(function(row){return [value(row),row];}).sort(function(a,b){
        var order=typeof a[0]===typeof b[0]?(a[0]<b[0]?-1:a[0]>b[0]?1:0):typeof a[0]==='number'?-1:1;return up?order:-order;}).forEach(function(pair){body.appendChild(pair[1]);});}
        head.onclick=sort;head.onkeydown=function(e){if(e.key==='Enter'||e.key===' '){e.preventDefault();sort();}};});});

        """
}

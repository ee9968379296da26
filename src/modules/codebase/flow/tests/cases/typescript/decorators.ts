@Injectable()
export class A {
    @Input() a: B;
    constructor(@Inject(T) b: B) {}
    @Log()
    m() {}
}
